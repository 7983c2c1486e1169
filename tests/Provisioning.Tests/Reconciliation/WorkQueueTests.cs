using System.Collections.Concurrent;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;

namespace Provisioning.Tests.Reconciliation;

public sealed class WorkQueueTests : IDisposable
{
    private static readonly NamespacedName A = new("ns", "a");
    private static readonly NamespacedName B = new("ns", "b");
    private readonly ManualTimeProvider time = new();
    private readonly WorkQueue queue;

    public WorkQueueTests() => queue = new WorkQueue(time);

    public void Dispose() => queue.Dispose();

    [Fact]
    public async Task Hands_out_a_key_once_however_often_it_was_added()
    {
        queue.Add(A);
        queue.Add(B);
        queue.Add(A);

        Assert.Equal(2, queue.Depth);
        Assert.Equal([A, B], [(await TakeAsync()).Key, (await TakeAsync()).Key]);
        Assert.Equal(0, queue.Depth);
        Assert.False(TryTake(out _));
    }

    [Fact]
    public async Task Hands_out_a_key_that_was_added_while_a_worker_had_it_once_more_afterwards()
    {
        queue.Add(A);
        await TakeAsync();
        queue.Add(A);
        queue.Add(A);

        Assert.False(TryTake(out var waiting));
        queue.Done(A);

        Assert.Equal(A, (await waiting)!.Value.Key);
        queue.Done(A);
        Assert.False(TryTake(out _));
    }

    [Fact]
    public async Task Says_how_long_a_key_waited()
    {
        queue.Add(A);
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(TimeSpan.FromSeconds(3), (await TakeAsync()).Waited);
    }

    [Fact]
    public async Task Counts_the_earliest_of_several_delays()
    {
        queue.AddAfter(A, TimeSpan.FromSeconds(10));
        queue.AddAfter(A, TimeSpan.FromSeconds(5));
        queue.AddAfter(A, TimeSpan.FromSeconds(7));
        queue.AddAfter(B, TimeSpan.FromSeconds(6));

        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(0, queue.Depth);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, queue.Depth);
        Assert.True(TryTake(out var taken));
        Assert.Equal(A, (await taken)!.Value.Key);
        queue.Done(A);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, queue.Depth);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, queue.Depth);
    }

    [Fact]
    public void Does_not_forget_a_delay_when_the_key_is_added_before_it_ends()
    {
        queue.AddAfter(A, TimeSpan.FromSeconds(5));
        queue.Add(A);
        Assert.True(TryTake(out _));
        queue.Done(A);

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.True(TryTake(out _));
    }

    [Fact]
    public void Adds_at_once_without_a_delay()
    {
        queue.AddAfter(A, TimeSpan.Zero);
        queue.AddAfter(B, TimeSpan.FromSeconds(-1));

        Assert.Equal(2, queue.Depth);
    }

    [Fact]
    public async Task Loses_nothing_when_a_waiting_worker_is_cancelled()
    {
        using var source = new CancellationTokenSource();
        var waiting = queue.TakeAsync(source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        queue.Add(A);

        Assert.Equal(A, (await TakeAsync()).Key);
    }

    [Fact]
    public async Task Drains_at_shutdown_what_workers_have_and_hands_out_nothing_more()
    {
        queue.Add(A);
        queue.Add(B);
        queue.AddAfter(B, TimeSpan.FromSeconds(1));
        await TakeAsync();
        var idle = queue.TakeAsync(default).AsTask();
        Assert.Equal(B, (await idle)!.Value.Key);
        var waiting = queue.TakeAsync(default).AsTask();

        queue.ShutDown();
        queue.Add(A);
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Null(await waiting);
        Assert.Null(await queue.TakeAsync(default));
        queue.Done(A);
        Assert.False(queue.Drained.IsCompleted);
        queue.Done(B);
        await queue.Drained;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Loses_no_key_and_never_gives_one_to_two_workers(int seed)
    {
        const int Keys = 20;
        var random = new Random(seed);
        var wanted = new int[Keys];
        var seen = new int[Keys];
        var busy = new int[Keys];
        var overlaps = new ConcurrentQueue<NamespacedName>();
        var workers = Enumerable.Range(0, 4).Select(_ => WorkAsync()).ToList();

        for (var step = 0; step < 5_000; step++)
        {
            var index = random.Next(Keys);
            var key = new NamespacedName("ns", index.ToString());
            Interlocked.Increment(ref wanted[index]);
            switch (random.Next(4))
            {
                case 0:
                    queue.AddAfter(key, TimeSpan.FromMilliseconds(random.Next(200)));
                    break;
                case 1:
                    time.Advance(TimeSpan.FromMilliseconds(random.Next(20)));
                    queue.Add(key);
                    break;
                default:
                    queue.Add(key);
                    break;
            }

            if (random.Next(50) == 0)
            {
                await Task.Yield();
            }
        }

        time.Advance(TimeSpan.FromSeconds(1));
        await ManualTimeProvider.UntilAsync(() => Enumerable.Range(0, Keys).All(index => Volatile.Read(ref seen[index]) == wanted[index]));
        queue.ShutDown();
        await Task.WhenAll(workers);

        Assert.Empty(overlaps);
        Assert.Equal(wanted, seen);

        async Task WorkAsync()
        {
            var turns = 0;
            while (await queue.TakeAsync(default) is { Key: var key })
            {
                var index = int.Parse(key.Name);
                if (Interlocked.Exchange(ref busy[index], 1) == 1)
                {
                    overlaps.Enqueue(key);
                }

                // What was wanted up to here is what this turn serves: a later wish needs a turn of its own.
                Volatile.Write(ref seen[index], Volatile.Read(ref wanted[index]));
                if (++turns % 3 == 0)
                {
                    await Task.Yield();
                }

                Volatile.Write(ref busy[index], 0);
                queue.Done(key);
            }
        }
    }

    private async Task<QueuedKey> TakeAsync() => (await queue.TakeAsync(default))!.Value;

    private bool TryTake(out Task<QueuedKey?> taken)
    {
        taken = queue.TakeAsync(default).AsTask();
        return taken.IsCompleted;
    }
}
