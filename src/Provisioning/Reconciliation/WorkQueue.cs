using System.Threading.Channels;
using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>
/// Keys that wait for a worker. A key is handed to one worker at a time; added any number of times before that, it is handed out once;
/// added while a worker has it, it is handed out once more afterwards. Safe for concurrent use.
/// </summary>
internal sealed class WorkQueue : IDisposable
{
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly ITimer timer;

    // Keys that are dirty and with no worker, in the order in which they became so.
    private readonly Channel<NamespacedName> ready = Channel.CreateUnbounded<NamespacedName>();

    // Keys to hand out, with the moment since when.
    private readonly Dictionary<NamespacedName, long> dirty = [];
    private readonly HashSet<NamespacedName> processing = [];

    // The earliest moment of each delayed key. The heap may hold later ones too: they are passed over.
    private readonly Dictionary<NamespacedName, long> dueByKey = [];
    private readonly PriorityQueue<NamespacedName, long> delayed = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool shutDown;

    public WorkQueue(TimeProvider time)
    {
        this.time = time;
        timer = time.CreateTimer(_ => AddDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many keys wait; those with a worker or a delay do not count.</summary>
    public int Depth
    {
        get
        {
            lock (gate)
            {
                return dirty.Count;
            }
        }
    }

    /// <summary>True while no worker has a key.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
            {
                return processing.Count == 0;
            }
        }
    }

    /// <summary>Completes after <see cref="ShutDown"/>, when no worker has a key any more.</summary>
    public Task Drained => drained.Task;

    /// <summary>Adds a key. After <see cref="ShutDown"/> nothing happens.</summary>
    public void Add(NamespacedName key)
    {
        lock (gate)
        {
            AddLocked(key);
        }
    }

    /// <summary>Adds a key after a delay. Of several delays for one key the earliest moment counts.</summary>
    public void AddAfter(NamespacedName key, TimeSpan delay)
    {
        lock (gate)
        {
            if (delay <= TimeSpan.Zero)
            {
                AddLocked(key);
                return;
            }

            var due = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
            if (shutDown || (dueByKey.TryGetValue(key, out var earlier) && earlier <= due))
            {
                return;
            }

            dueByKey[key] = due;
            delayed.Enqueue(key, due);
            if (delayed.TryPeek(out _, out var first) && first == due)
            {
                SetTimer();
            }
        }
    }

    /// <summary>
    /// Waits for a key, which is the caller's until <see cref="Done"/>. Null after <see cref="ShutDown"/>, whatever still waits.
    /// </summary>
    public async ValueTask<QueuedKey?> TakeAsync(CancellationToken cancellationToken)
    {
        NamespacedName key;
        try
        {
            key = await ready.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            return null;
        }

        lock (gate)
        {
            if (shutDown)
            {
                return null;
            }

            dirty.Remove(key, out var since);
            processing.Add(key);
            return new QueuedKey(key, time.GetElapsedTime(since));
        }
    }

    /// <summary>The worker has finished with the key, in whatever way.</summary>
    public void Done(NamespacedName key)
    {
        lock (gate)
        {
            processing.Remove(key);
            if (shutDown)
            {
                CompleteWhenDrained();
            }
            else if (dirty.ContainsKey(key))
            {
                ready.Writer.TryWrite(key);
            }
        }
    }

    /// <summary>Hands out nothing more and takes nothing more in.</summary>
    public void ShutDown()
    {
        lock (gate)
        {
            shutDown = true;
            ready.Writer.TryComplete();
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            CompleteWhenDrained();
        }
    }

    public void Dispose()
    {
        ShutDown();
        timer.Dispose();
    }

    private void AddLocked(NamespacedName key)
    {
        if (shutDown || !dirty.TryAdd(key, time.GetTimestamp()) || processing.Contains(key))
        {
            return;
        }

        ready.Writer.TryWrite(key);
    }

    private void AddDue()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            while (delayed.TryPeek(out var key, out var due) && due <= now)
            {
                delayed.Dequeue();
                if (dueByKey.TryGetValue(key, out var earliest) && earliest == due)
                {
                    dueByKey.Remove(key);
                    AddLocked(key);
                }
            }

            SetTimer();
        }
    }

    private void SetTimer()
    {
        if (!shutDown && delayed.TryPeek(out _, out var due))
        {
            // Rounded up to the timers' millisecond: one that fires too early finds nothing due.
            var wait = Math.Ceiling((due - time.GetTimestamp()) * 1000.0 / time.TimestampFrequency);
            timer.Change(TimeSpan.FromMilliseconds(Math.Max(wait, 0)), Timeout.InfiniteTimeSpan);
        }
    }

    private void CompleteWhenDrained()
    {
        if (processing.Count == 0)
        {
            drained.TrySetResult();
        }
    }
}

/// <summary>A key that a worker has taken, and how long it waited for one.</summary>
internal readonly record struct QueuedKey(NamespacedName Key, TimeSpan Waited);
