namespace Provisioning.Reconciliation;

/// <summary>Whether the cluster has a kind, and whether it must. One writer, the kind's informer; safe for concurrent use.</summary>
internal abstract class KindPresence
{
    private readonly TaskCompletionSource known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool isServed;

    /// <summary>True: without its CRD the kind counts as one without objects. False: its controllers wait for the CRD.</summary>
    public required bool IsOptional { get; set; }

    /// <summary>Another version of the same kind: where that is served, this one is not followed. Null: there is none.</summary>
    public KindPresence? Preferred { get; init; }

    /// <summary>Waits until it was once known, and says what is known now.</summary>
    public async Task<bool> IsServedAsync(CancellationToken cancellationToken)
    {
        await known.Task.WaitAsync(cancellationToken);
        return isServed;
    }

    /// <summary>What the API server said last.</summary>
    public void Set(bool served)
    {
        isServed = served;
        known.TrySetResult();
    }
}

/// <summary>That of <typeparamref name="T"/>.</summary>
internal sealed class KindPresence<T> : KindPresence;
