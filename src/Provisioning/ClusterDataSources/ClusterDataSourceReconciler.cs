using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Gives every ClusterDataSource its database and takes its role away when it is deleted: leaves alone what needs nothing, and has the others looked at
/// closely, so many of a server at a time. Only that nothing is to be done may come from what was read before.
/// </summary>
internal sealed class ClusterDataSourceReconciler(
    IResourceCache<ClusterDataSource> cache, SteadyState steady, ServerTurns turns, CloserLook closer) : IReconciler
{
    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        var decision = await steady.DecideAsync(key, cancellationToken);
        if (decision is not SteadyDecision.LookCloser { Steady: var before })
        {
            return ReconcileResult.After(((SteadyDecision.Leave)decision).For);
        }

        // One that the informer does not know is gone, or so new that nobody waits yet.
        using var turn = cache.Get(key)?.Spec?.DataSource is { Length: > 0 } dataSource ? turns.TryBegin(key with { Name = dataSource }, key) : Nobody.Instance;
        return turn is null ? ReconcileResult.After(ServerTurns.LongestWait) : await closer.RunAsync(key, before, turn, cancellationToken);
    }

    /// <summary>The ClusterDataSources that a DataSource concerns, which was changed or deleted. What was known of the server of one that concerns none is forgotten.</summary>
    public IEnumerable<NamespacedName> UsersOf(DataSource dataSource)
    {
        var users = steady.UsersOf(dataSource).ToList();
        if (users.Count == 0)
        {
            turns.Forget(dataSource.Key);
        }

        return users;
    }

    /// <summary>Waits for nobody.</summary>
    private sealed class Nobody : IServerTurn
    {
        public static Nobody Instance { get; } = new();

        public void Note(bool answered)
        {
        }

        public void Dispose()
        {
        }
    }
}
