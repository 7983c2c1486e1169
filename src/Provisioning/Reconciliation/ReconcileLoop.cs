using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>What one worker does: take a key, reconcile it, decide when to look again. Never loses a key, never gives up on one.</summary>
internal sealed class ReconcileLoop(IReconciler reconciler, string controller, TimeProvider time, ReconciliationMetrics metrics, ILogger logger)
    : IDisposable
{
    private readonly ExponentialBackoff backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
    private readonly ConcurrentDictionary<NamespacedName, int> failures = new();

    /// <summary>The keys that wait for a worker.</summary>
    public WorkQueue Queue { get; } = new(time);

    /// <summary>Works until the queue is shut down. Any number of workers may run at the same time.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; a key in hand is back in the queue.</exception>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (await Queue.TakeAsync(cancellationToken) is { } queued)
        {
            metrics.Taken(controller, queued.Waited);
            try
            {
                await ReconcileAsync(queued.Key, cancellationToken);
            }
            finally
            {
                Queue.Done(queued.Key);
            }
        }
    }

    public void Dispose() => Queue.Dispose();

    private async Task ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            var result = await reconciler.ReconcileAsync(key, cancellationToken);
            failures.TryRemove(key, out _);
            if (result.RequeueAfter is { } delay)
            {
                Queue.AddAfter(key, delay);
            }

            Finished("success");
            logger.Reconciled(controller, key, time.GetElapsedTime(started));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Queue.Add(key);
            Finished("cancelled");
            throw;
        }
        catch (TerminalException exception)
        {
            failures.TryRemove(key, out _);
            Finished("terminal");
            logger.ReconcileGaveUp(controller, key, exception.Message);
        }
        catch (Exception exception)
        {
            var attempt = failures.AddOrUpdate(key, 1, (_, count) => count + 1);
            var delay = backoff.After(attempt);
            if (exception is KubernetesApiException { RetryAfter: { } asked } && asked > delay)
            {
                delay = asked;
            }

            Queue.AddAfter(key, delay);
            Finished("error");
            logger.ReconcileFailed(controller, key, attempt, delay, exception);
        }

        void Finished(string outcome) => metrics.Reconciled(controller, outcome, time.GetElapsedTime(started));
    }
}
