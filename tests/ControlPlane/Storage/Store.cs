using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace ControlPlane.Storage;

/// <summary>
/// All objects and their history behind one counter, the resource version, as etcd keeps them. Safe for concurrent use; nothing in it waits.
/// </summary>
internal sealed class Store
{
    /// <summary>Writes that are remembered for watches and pages; older ones are compacted away.</summary>
    private const int MaxHistory = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedDictionary<string, StoredObject>> _objects = new(StringComparer.Ordinal);
    private readonly List<Change> _history = [];
    private readonly List<Subscription> _subscriptions = [];
    private long _revision = 1;
    private long _compacted;
    private Action<Change>? _observers;

    /// <summary>The resource version of the last write.</summary>
    public long Revision
    {
        get
        {
            lock (_lock)
            {
                return _revision;
            }
        }
    }

    /// <summary>Watches and lists from before this version can no longer be answered.</summary>
    public long CompactedRevision
    {
        get
        {
            lock (_lock)
            {
                return _compacted;
            }
        }
    }

    /// <summary>Calls back under the lock after each write, in order.</summary>
    public void Observe(Action<Change> observer) => _observers += observer;

    /// <summary>The object as it is now, or null.</summary>
    public StoredObject? Get(ObjectKey key)
    {
        lock (_lock)
        {
            return Bucket(key.Resource).GetValueOrDefault(key.Path);
        }
    }

    /// <summary>The objects of a resource as they were at a revision, in order; null when that has been compacted.</summary>
    /// <param name="resource"><c>group/plural</c>.</param>
    /// <param name="ns">Null for all namespaces.</param>
    /// <param name="revision">Null for now.</param>
    /// <param name="listed">The revision that the answer shows.</param>
    public IReadOnlyList<StoredObject>? List(string resource, string? ns, long? revision, out long listed)
    {
        lock (_lock)
        {
            listed = revision ?? _revision;
            if (listed < _compacted)
            {
                return null;
            }

            IDictionary<string, StoredObject> bucket = Bucket(resource);
            if (listed < _revision)
            {
                bucket = new SortedDictionary<string, StoredObject>(bucket, StringComparer.Ordinal);
                for (var i = _history.Count - 1; i >= 0 && _history[i].Revision > listed; i--)
                {
                    Undo(bucket, resource, _history[i]);
                }
            }

            return [.. bucket.Values.Where(o => ns is null || o.Key.Namespace == ns)];
        }
    }

    /// <summary>Writes an object if it is still at the revision that the caller read.</summary>
    /// <param name="key">Where.</param>
    /// <param name="expected">The revision read; 0: there must be no object.</param>
    /// <param name="value">The store's from now on.</param>
    /// <returns>The object as stored; null when the revision was another one.</returns>
    public StoredObject? Put(ObjectKey key, long expected, JsonObject value)
    {
        lock (_lock)
        {
            var bucket = Bucket(key.Resource);
            var previous = bucket.GetValueOrDefault(key.Path);
            if ((previous?.Revision ?? 0) != expected)
            {
                return null;
            }

            var current = Versioned(key, value);
            bucket[key.Path] = current;
            Record(new Change(current.Revision, previous, current, IsDeleted: false));
            return current;
        }
    }

    /// <summary>Removes an object if it is still at the revision that the caller read; null when it is not.</summary>
    public StoredObject? Remove(ObjectKey key, long expected)
    {
        lock (_lock)
        {
            var bucket = Bucket(key.Resource);
            if (bucket.GetValueOrDefault(key.Path) is not { } previous || previous.Revision != expected)
            {
                return null;
            }

            var last = Versioned(key, (JsonObject)previous.Value.DeepClone());
            bucket.Remove(key.Path);
            Record(new Change(last.Revision, previous, last, IsDeleted: true));
            return last;
        }
    }

    /// <summary>Every change of a resource after a revision, past ones first; null when that has been compacted.</summary>
    public Subscription? Subscribe(string resource, long after)
    {
        lock (_lock)
        {
            if (after < _compacted)
            {
                return null;
            }

            var subscription = new Subscription(resource, Unsubscribe);
            var first = _history.FindLastIndex(change => change.Revision <= after) + 1;
            foreach (var change in _history.Skip(first).Where(c => c.Current.Key.Resource == resource))
            {
                subscription.Write(change);
            }

            _subscriptions.Add(subscription);
            return subscription;
        }
    }

    /// <summary>Forgets the history.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _compacted = _revision;
            _history.Clear();
        }
    }

    private static void Undo(IDictionary<string, StoredObject> bucket, string resource, Change change)
    {
        var key = change.Current.Key;
        if (key.Resource != resource)
        {
            return;
        }

        if (change.Previous is null)
        {
            bucket.Remove(key.Path);
        }
        else
        {
            bucket[key.Path] = change.Previous;
        }
    }

    private StoredObject Versioned(ObjectKey key, JsonObject value)
    {
        var revision = ++_revision;
        value["metadata"]!["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture);
        return new StoredObject(key, value, revision);
    }

    private void Record(Change change)
    {
        _history.Add(change);
        if (_history.Count > MaxHistory)
        {
            _compacted = _history[MaxHistory / 2].Revision;
            _history.RemoveRange(0, (MaxHistory / 2) + 1);
        }

        foreach (var subscription in _subscriptions.Where(s => s.Resource == change.Current.Key.Resource))
        {
            subscription.Write(change);
        }

        _observers?.Invoke(change);
    }

    private SortedDictionary<string, StoredObject> Bucket(string resource)
    {
        if (!_objects.TryGetValue(resource, out var bucket))
        {
            _objects[resource] = bucket = new SortedDictionary<string, StoredObject>(StringComparer.Ordinal);
        }

        return bucket;
    }

    private void Unsubscribe(Subscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
        }
    }
}

/// <summary>The changes of one resource, for one watch.</summary>
internal sealed class Subscription(string resource, Action<Subscription> unsubscribe) : IDisposable
{
    private readonly Channel<Change> _changes = Channel.CreateUnbounded<Change>();

    /// <summary><c>group/plural</c>.</summary>
    public string Resource => resource;

    /// <summary>Where the watch reads.</summary>
    public ChannelReader<Change> Changes => _changes.Reader;

    /// <summary>Called by the store.</summary>
    public void Write(Change change) => _changes.Writer.TryWrite(change);

    public void Dispose() => unsubscribe(this);
}
