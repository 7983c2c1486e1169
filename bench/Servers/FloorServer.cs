using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bench.Servers;

/// <summary>
/// The least that a webhook on this platform can do: Kestrel reads the whole body, the uid is found in it and sent back. Nothing is parsed
/// and nothing is decided; how near to it the webhook comes is what is measured.
/// </summary>
internal static class FloorServer
{
    private static readonly byte[] Before = "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"response\":{\"uid\":\""u8.ToArray();
    private static readonly byte[] After = "\",\"allowed\":true}}"u8.ToArray();

    /// <summary>Serves until it is ended. Arguments: the port and the folder with <c>tls.crt</c> and <c>tls.key</c>.</summary>
    public static async Task RunAsync(string[] args)
    {
        var (port, certificates) = (int.Parse(args[0]), args[1]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, port, Load(certificates)));
        var app = builder.Build();
        app.Run(AnswerAsync);
        await app.RunAsync();
    }

    /// <summary>The certificate of a folder made by <c>certs/development.sh</c>.</summary>
    public static X509Certificate2 Load(string folder) =>
        X509Certificate2.CreateFromPemFile(Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"));

    private static void Configure(KestrelServerOptions kestrel, int port, X509Certificate2 certificate)
    {
        kestrel.AddServerHeader = false;
        kestrel.ListenLocalhost(port, listener => listener.UseHttps(certificate));
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method))
        {
            return;
        }

        byte[]? uid = null;
        var body = context.Request.BodyReader;
        ReadResult read;
        do
        {
            read = await body.ReadAsync(context.RequestAborted);
            uid ??= FindUid(read.Buffer);
            body.AdvanceTo(uid is null ? read.Buffer.Start : read.Buffer.End, read.Buffer.End);
        }
        while (!read.IsCompleted);

        var response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = Before.Length + uid!.Length + After.Length;
        response.BodyWriter.Write(Before);
        response.BodyWriter.Write(uid);
        response.BodyWriter.Write(After);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    // The API server writes it first: most of a long body has not arrived when it is found.
    private static byte[]? FindUid(ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        return reader.TryReadTo(out ReadOnlySequence<byte> _, "\"uid\":\""u8) && reader.TryReadTo(out ReadOnlySequence<byte> uid, (byte)'"')
            ? uid.ToArray()
            : null;
    }
}
