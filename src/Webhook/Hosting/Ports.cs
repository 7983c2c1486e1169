using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>
/// Asks for the ports before the host does: it would log a stack trace besides the line that names the key. A port that is taken in the
/// moment between is reported by the host.
/// </summary>
internal static class Ports
{
    /// <summary>Binds to each port and lets it go.</summary>
    /// <exception cref="StartUpException">A port cannot be had.</exception>
    public static void Verify(IServiceProvider services)
    {
        var management = services.GetRequiredService<IOptions<ManagementOptions>>().Value.Port;
        Verify("Management:Port", management);
        if (services.GetService<CertificateSource>() is null)
        {
            return;
        }

        var https = services.GetRequiredService<IOptions<HttpsOptions>>().Value.Port;
        if (https == management && https != 0)
        {
            throw new StartUpException($"Https:Port and Management:Port are both {https}. Set them to different ports.");
        }

        Verify("Https:Port", https);
    }

    private static void Verify(string key, int port)
    {
        // As Kestrel does for any address.
        var (family, any) = Socket.OSSupportsIPv6 ? (AddressFamily.InterNetworkV6, IPAddress.IPv6Any) : (AddressFamily.InterNetwork, IPAddress.Any);
        using var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        if (family == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = true;
        }

        try
        {
            socket.Bind(new IPEndPoint(any, port));
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            throw new StartUpException($"{key}: the port {port} is in use. Set it to a free port.");
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AccessDenied)
        {
            throw new StartUpException($"{key}: this process may not listen on the port {port}. Set it to one above 1023.");
        }
    }
}
