using System.Text;
using ControlPlane.Certificates;

namespace ControlPlane;

/// <summary>Writes kubeconfig files with everything inline.</summary>
internal static class Kubeconfig
{
    /// <summary>Writes the file, readable only by its owner because it holds a key.</summary>
    public static async Task WriteAsync(
        string path, Uri server, string authorityPem, string username, IssuedCertificate client, CancellationToken cancellationToken)
    {
        var text = $"""
            apiVersion: v1
            kind: Config
            current-context: test
            clusters:
            - name: test
              cluster:
                server: {server.GetLeftPart(UriPartial.Authority)}
                certificate-authority-data: {Base64(authorityPem)}
            contexts:
            - name: test
              context:
                cluster: test
                user: "{username}"
            users:
            - name: "{username}"
              user:
                client-certificate-data: {Base64(client.CertificatePem)}
                client-key-data: {Base64(client.KeyPem)}

            """;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var writer = new StreamWriter(path, new UTF8Encoding(false), options);
        await writer.WriteAsync(text.AsMemory(), cancellationToken);
    }

    private static string Base64(string pem) => Convert.ToBase64String(Encoding.ASCII.GetBytes(pem));
}
