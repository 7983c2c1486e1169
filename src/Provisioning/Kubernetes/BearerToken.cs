using Microsoft.Extensions.Logging;

namespace Provisioning.Kubernetes;

/// <summary>
/// Our bearer token. From a file it is read anew once a minute, and at once when the API server has refused the one at hand: the kubelet
/// replaces a pod's token before it expires. A file that has become unreadable leaves the last good token in place. Safe for
/// concurrent use. Prints <c>***</c>.
/// </summary>
internal sealed class BearerToken
{
    private static readonly TimeSpan MaximumAge = TimeSpan.FromMinutes(1);
    private readonly string? file;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private string value;
    private long readAt;

    private BearerToken(string value, string? file, TimeProvider time, ILogger logger)
    {
        this.value = value;
        this.file = file;
        this.time = time;
        this.logger = logger;
        readAt = time.GetTimestamp();
    }

    /// <summary>A token that stays.</summary>
    /// <exception cref="KubernetesConfigurationException">It is empty or cannot stand in a header.</exception>
    public static BearerToken FromText(string text, string source, TimeProvider time, ILogger logger) =>
        new(Clean(text, source), null, time, logger);

    /// <summary>A token that follows a file.</summary>
    /// <exception cref="KubernetesConfigurationException">The file cannot be read or holds no usable token.</exception>
    public static BearerToken FromFile(string path, string source, TimeProvider time, ILogger logger) =>
        new(Clean(ConfigurationFile.ReadText(path, source), $"{source} ({path})"), path, time, logger);

    /// <summary>The token to send now.</summary>
    public string Current()
    {
        lock (gate)
        {
            if (file is not null && time.GetElapsedTime(readAt) >= MaximumAge)
            {
                Read();
            }

            return value;
        }
    }

    /// <summary>The API server refused <paramref name="refused"/>. True when there is another one to try.</summary>
    public bool RenewAfterRefusal(string refused)
    {
        lock (gate)
        {
            if (value == refused && file is not null)
            {
                Read();
            }

            return value != refused;
        }
    }

    public override string ToString() => "***";

    private void Read()
    {
        readAt = time.GetTimestamp();
        try
        {
            value = Clean(ConfigurationFile.ReadText(file!, file!), file!);
        }
        catch (KubernetesConfigurationException exception)
        {
            logger.TokenUnreadable(file!, exception);
        }
    }

    /// <summary>A token without what stands around it.</summary>
    /// <exception cref="KubernetesConfigurationException">It is empty or cannot stand in a header.</exception>
    public static string Clean(string text, string source)
    {
        var token = text.Trim();
        return token.Length > 0 && token.All(character => character is > ' ' and <= '~')
            ? token
            : throw new KubernetesConfigurationException(source, "holds no usable bearer token; put one token of printable characters there.");
    }
}
