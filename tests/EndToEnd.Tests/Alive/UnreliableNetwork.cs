using EndToEnd.Tests.Installed;

namespace EndToEnd.Tests.Alive;

/// <summary>The product as the manifests install it, each process with a bad network of its own between it and the API server.</summary>
public sealed class UnreliableNetwork : TwoRoles
{
    private readonly List<UnreliableApi> networks = [];

    /// <summary>In the order in which the processes were started: webhook, controller, and what a test started.</summary>
    internal IReadOnlyList<UnreliableApi> Networks => networks;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        foreach (var network in networks)
        {
            await network.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    private protected override async Task<(Uri Url, string AuthorityPem)> ApiServerAsync(CancellationToken cancellationToken)
    {
        networks.Add(await UnreliableApi.StartAsync(ControlPlane, cancellationToken));
        return (networks[^1].Url, networks[^1].AuthorityPem);
    }
}
