using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Installed;

/// <summary>The kinds of cert-manager that the overlays have and a bare control plane lacks; nothing acts on them.</summary>
internal static class CertManagerKinds
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Installs their definitions and waits until they are served.</summary>
    public static async Task InstallAsync(Kubectl kubectl, CancellationToken cancellationToken)
    {
        await kubectl.RunAsync("apply -f -", $"{Definition("Certificate")}\n---\n{Definition("Issuer")}");
        await Eventually.TrueAsync(
            async () => (await kubectl.TryAsync("get certificates.cert-manager.io,issuers.cert-manager.io")).ExitCode == 0,
            Patience,
            () => "cert-manager's kinds are not served.",
            cancellationToken);
    }

    private static string Definition(string kind) =>
        $$$"""
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: {{{kind.ToLowerInvariant()}}}s.cert-manager.io}
        spec:
          group: cert-manager.io
          scope: Namespaced
          names: {kind: {{{kind}}}, plural: {{{kind.ToLowerInvariant()}}}s, singular: {{{kind.ToLowerInvariant()}}}, listKind: {{{kind}}}List}
          versions:
          - name: v1
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """;
}
