using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>Where a controller's keys come from: the changes of one kind, mostly.</summary>
internal interface IKeySource
{
    /// <summary>True for the kind that the controller reconciles: its keys are also added by resyncs and elections.</summary>
    bool IsPrimary { get; }

    /// <summary>Completes when the informer of the kind has its first full list.</summary>
    Task Synced { get; }

    /// <summary>The keys of all objects of the kind. A snapshot.</summary>
    IReadOnlyList<NamespacedName> Keys();

    /// <summary>Adds keys for what exists and for every change from now on.</summary>
    void Connect(Action<NamespacedName> add);
}

/// <summary>The changes of <typeparamref name="T"/>.</summary>
/// <param name="store">What the informer knows.</param>
/// <param name="isPrimary">Whether the keys are the controller's own.</param>
/// <param name="map">Which keys a change concerns.</param>
internal sealed class KeySource<T>(ResourceStore<T> store, bool isPrimary, Func<ResourceChange<T>, IEnumerable<NamespacedName>> map) : IKeySource
    where T : class, IResource
{
    public bool IsPrimary => isPrimary;

    public Task Synced => store.Synced;

    public IReadOnlyList<NamespacedName> Keys() => store.Keys();

    public void Connect(Action<NamespacedName> add) => store.Subscribe(change =>
    {
        foreach (var key in map(change))
        {
            add(key);
        }
    });
}
