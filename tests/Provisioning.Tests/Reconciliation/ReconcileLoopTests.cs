using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;

namespace Provisioning.Tests.Reconciliation;

public sealed class ReconcileLoopTests : IDisposable
{
    private static readonly NamespacedName Key = new("ns", "a");
    private readonly ManualTimeProvider time = new();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().AddSingleton<ReconciliationMetrics>().BuildServiceProvider();
    private readonly ScriptedReconciler reconciler = new();
    private readonly ReconcileLoop loop;
    private readonly CancellationTokenSource stop = new();
    private readonly Task worker;

    public ReconcileLoopTests()
    {
        loop = new ReconcileLoop(reconciler, "test", time, services.GetRequiredService<ReconciliationMetrics>(), NullLogger.Instance);
        worker = loop.WorkAsync(stop.Token);
    }

    public void Dispose()
    {
        loop.Dispose();
        stop.Dispose();
        services.Dispose();
    }

    [Fact]
    public async Task Tries_again_for_ever_with_growing_waits_and_starts_anew_after_a_success()
    {
        var fails = true;
        reconciler.Script = _ => fails ? throw new InvalidOperationException("x") : ReconcileResult.Done;
        loop.Queue.Add(Key);
        await RanAsync(1);
        double[] caps = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300];

        for (var attempt = 0; attempt < caps.Length; attempt++)
        {
            time.Advance(TimeSpan.FromSeconds(caps[attempt] / 2) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(0, loop.Queue.Depth);
            Assert.Equal(attempt + 1, reconciler.Runs);
            fails = attempt < caps.Length - 1;
            time.Advance(TimeSpan.FromSeconds(caps[attempt] / 2) + TimeSpan.FromMilliseconds(2));
            await RanAsync(attempt + 2);
        }

        fails = true;
        loop.Queue.Add(Key);
        await RanAsync(caps.Length + 2);
        time.Advance(TimeSpan.FromSeconds(1.001));
        await RanAsync(caps.Length + 3);
    }

    [Fact]
    public async Task Looks_again_when_the_reconciler_says_so()
    {
        reconciler.Script = _ => ReconcileResult.After(TimeSpan.FromSeconds(30));
        loop.Queue.Add(Key);
        await RanAsync(1);

        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(1, reconciler.Runs);
        time.Advance(TimeSpan.FromSeconds(1));
        await RanAsync(2);
    }

    [Fact]
    public async Task Leaves_a_terminal_failure_alone_until_something_changes()
    {
        reconciler.Script = _ => throw new TerminalException("spec is wrong");
        loop.Queue.Add(Key);
        await RanAsync(1);

        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, time.PendingTimers);
        loop.Queue.Add(Key);
        await RanAsync(2);
    }

    [Fact]
    public async Task Waits_as_long_as_the_API_server_asks()
    {
        reconciler.Script = _ => throw new KubernetesApiException(HttpStatusCode.TooManyRequests, "TooManyRequests", "m") { RetryAfter = TimeSpan.FromSeconds(42) };
        loop.Queue.Add(Key);
        await RanAsync(1);

        time.Advance(TimeSpan.FromSeconds(41));
        Assert.Equal(1, reconciler.Runs);
        time.Advance(TimeSpan.FromSeconds(1));
        await RanAsync(2);
    }

    [Fact]
    public async Task A_timeout_inside_the_reconciler_is_a_failure_like_any_other()
    {
        reconciler.Script = _ => throw new TaskCanceledException("a request timed out");
        loop.Queue.Add(Key);
        await RanAsync(1);

        time.Advance(TimeSpan.FromSeconds(1.001));
        await RanAsync(2);
        Assert.False(worker.IsCompleted);
    }

    [Fact]
    public async Task Puts_the_key_back_when_it_is_cancelled()
    {
        reconciler.Wait = true;
        loop.Queue.Add(Key);
        await ManualTimeProvider.UntilAsync(() => reconciler.Runs == 1);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => worker);
        Assert.Equal(1, loop.Queue.Depth);
        Assert.Equal(Key, (await loop.Queue.TakeAsync(default))!.Value.Key);
    }

    [Fact]
    public async Task Finishes_what_it_has_at_shutdown()
    {
        loop.Queue.Add(Key);
        await RanAsync(1);

        loop.Queue.ShutDown();

        await worker;
    }

    // The run is over when its key is no longer with the worker: a further add is then handed out at once.
    private Task RanAsync(int runs) => ManualTimeProvider.UntilAsync(() => reconciler.Runs == runs && reconciler.Finished == runs && loop.Queue.Depth == 0 && loop.Queue.IsIdle);
}

/// <summary>Does as the test says and counts.</summary>
internal sealed class ScriptedReconciler : IReconciler
{
    private int runs;
    private int finished;

    public Func<NamespacedName, ReconcileResult> Script { get; set; } = _ => ReconcileResult.Done;

    public bool Wait { get; set; }

    public int Runs => Volatile.Read(ref runs);

    public int Finished => Volatile.Read(ref finished);

    public System.Collections.Concurrent.ConcurrentQueue<NamespacedName> Keys { get; } = [];

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        Keys.Enqueue(key);
        Interlocked.Increment(ref runs);
        try
        {
            if (Wait)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return Script(key);
        }
        finally
        {
            Interlocked.Increment(ref finished);
        }
    }
}
