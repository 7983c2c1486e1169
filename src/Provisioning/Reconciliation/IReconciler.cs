using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>
/// Brings the world of one object to its spec. Level-triggered: called with a key and no event, any number of times. Never called
/// concurrently for one key; different keys run in parallel. An exception means: try again with backoff; a
/// <see cref="TerminalException"/> means: nothing to try until something changes.
/// </summary>
public interface IReconciler
{
    /// <summary>Reconciles the object with this key, which may no longer exist.</summary>
    Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken);
}

/// <summary>What the worker does with the key after a reconcile without an exception.</summary>
/// <param name="RequeueAfter">When to look again; null: when something changes.</param>
public readonly record struct ReconcileResult(TimeSpan? RequeueAfter)
{
    /// <summary>Look again when something changes.</summary>
    public static ReconcileResult Done { get; }

    /// <summary>Look again after this time, whatever changes.</summary>
    public static ReconcileResult After(TimeSpan delay) => new(delay);
}
