using ControlPlane.Client;

namespace EndToEnd.Tests.Installed;

/// <summary>
/// The product as <c>manifests/k0rdent</c> installs it, beside k0rdent kcm 1.6 or later: the definitions are upstream's, and none is ours. Where
/// this machine has none of upstream's, nothing is started.
/// </summary>
public sealed class BesideK0rdent : TwoRoles
{
    /// <inheritdoc/>
    public override ValueTask InitializeAsync() => UpstreamDefinitions.Folder is null ? ValueTask.CompletedTask : base.InitializeAsync();

    private protected override async Task InstallDefinitionsAsync(CancellationToken cancellationToken)
    {
        await ControlPlane.InstallCustomResourceDefinitionsAsync(UpstreamDefinitions.Folder!, cancellationToken);

        // A neighbour whose definition the folder lacks.
        foreach (var file in Directory.GetFiles(Repository.Path("tests/ControlPlane/crds"), "*.yaml"))
        {
            var definition = Manifest.Read(await File.ReadAllTextAsync(file, cancellationToken)).Single();
            if (!UpstreamDefinitions.Has((string)definition["metadata"]!["name"]!))
            {
                await ControlPlane.InstallCustomResourceDefinitionsAsync(file, cancellationToken);
            }
        }
    }
}
