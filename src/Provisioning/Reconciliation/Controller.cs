using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Provisioning.Reconciliation;

/// <summary>
/// Runs a reconciler: collects keys always, works on them only while its informers have synced and this process leads. At shutdown
/// running reconciles may finish for a while; on loss of leadership they are cancelled at once.
/// </summary>
internal sealed class Controller(
    string name, IReadOnlyList<IKeySource> sources, ReconcileLoop loop, ControllerEnvironment environment, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromSeconds(10);

    public override void Dispose()
    {
        loop.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        environment.Metrics.ObserveQueue(name, () => loop.Queue.Depth);
        foreach (var source in sources)
        {
            source.Connect(loop.Queue.Add);
        }

        await using var stopping = stoppingToken.Register(loop.Queue.ShutDown);
        try
        {
            await Task.WhenAll(sources.Select(source => source.Synced)).WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }

        await environment.Leadership.WhileLeadingAsync(leading => LeadAsync(leading, stoppingToken), stoppingToken);
    }

    private async Task LeadAsync(CancellationToken leading, CancellationToken stoppingToken)
    {
        using var grace = new CancellationTokenSource(Timeout.InfiniteTimeSpan, environment.Time);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(leading, grace.Token);
        await using var stopping = stoppingToken.Register(() => grace.CancelAfter(ShutdownGrace));
        using var resync = CancellationTokenSource.CreateLinkedTokenSource(leading, stoppingToken);

        // What another leader left half done is in nobody's queue: a new leader looks at everything.
        AddAll(within: TimeSpan.Zero);
        logger.WorkersStarted(name, environment.Options.Workers);
        var workers = Enumerable.Range(0, environment.Options.Workers).Select(_ => loop.WorkAsync(work.Token)).ToList();
        try
        {
            await Task.WhenAll([ResyncAsync(resync.Token), .. workers]);
        }
        finally
        {
            logger.WorkersStopped(name);
        }
    }

    private async Task ResyncAsync(CancellationToken cancellationToken)
    {
        var period = environment.Options.ResyncPeriod;
        while (true)
        {
            await Task.Delay(period, environment.Time, cancellationToken);
            AddAll(within: period);
        }
    }

    /// <summary>Adds all keys, spread over a time in batches.</summary>
    private void AddAll(TimeSpan within)
    {
        var began = environment.Time.GetTimestamp();
        foreach (var key in sources.Where(source => source.IsPrimary).SelectMany(source => source.Keys()))
        {
            loop.Queue.AddAfter(key, (within / ReconciliationOptions.ResyncBatches * Random.Shared.Next(ReconciliationOptions.ResyncBatches)) - environment.Time.GetElapsedTime(began));
        }
    }
}

/// <summary>What all controllers of the process share.</summary>
internal sealed record ControllerEnvironment(
    ILeadership Leadership, ReconciliationOptions Options, TimeProvider Time, ReconciliationMetrics Metrics);
