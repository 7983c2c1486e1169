using ControlPlane;
using TestPostgres;

namespace EndToEnd.Tests.Running;

/// <summary>What puts a webhook in front of an API server: the definitions, its certificate, and the configurations of <c>manifests/webhook</c>.</summary>
internal static class ServedWebhook
{
    private static readonly string[] Configurations = ["manifests/webhook/validating.yaml", "manifests/webhook/mutating.yaml"];

    /// <summary>Has the API server serve k0rdent's, Flux's and k0smotron's kinds: ours, and what tests keep of the others'.</summary>
    public static async Task InstallDefinitionsAsync(this IControlPlane controlPlane, CancellationToken cancellationToken)
    {
        await controlPlane.InstallCustomResourceDefinitionsAsync(Repository.Path("manifests/crds"), cancellationToken);
        await controlPlane.InstallCustomResourceDefinitionsAsync(Repository.Path("tests/ControlPlane/crds"), cancellationToken);
    }

    /// <summary>Writes <c>tls.crt</c> and <c>tls.key</c> for <c>127.0.0.1</c> and <c>localhost</c>.</summary>
    public static async Task WriteCertificateAsync(this TestCertificateAuthority authority, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        var (certificate, key) = authority.Issue(["127.0.0.1", "localhost"]);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "tls.crt"), certificate, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "tls.key"), key, cancellationToken);
    }

    /// <summary>Has the API server call a webhook.</summary>
    /// <param name="controlPlane">The API server.</param>
    /// <param name="webhook">Where the webhook listens.</param>
    /// <param name="caBundle">Who signed its certificate, in PEM; empty: the configurations say nothing of it, nor who writes it.</param>
    /// <param name="cancellationToken">Ends the wait for the first call.</param>
    public static async Task InstallProductAsync(this IControlPlane controlPlane, Uri webhook, string caBundle, CancellationToken cancellationToken)
    {
        foreach (var configuration in Configurations)
        {
            var lines = await File.ReadAllLinesAsync(Repository.Path(configuration), cancellationToken);
            var manifest = string.Join('\n', lines.Where(line => caBundle.Length > 0 || !line.Contains("cert-manager.io/inject-ca-from", StringComparison.Ordinal)));
            await controlPlane.InstallWebhooksAsync(manifest, webhook, caBundle, cancellationToken);
        }
    }
}
