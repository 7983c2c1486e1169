using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Provisioning.Reconciliation;

/// <summary>
/// Takes part in the election for the process's whole life and gives the Lease back at a graceful end. A term is a token with a
/// deadline that every renewal moves: when renewals fail or hang, or the process was asleep, it runs out by itself.
/// </summary>
internal sealed class LeaderElector(
    LeaseElection election, Leadership leadership, TimeProvider time, ReconciliationMetrics metrics, ILogger<LeaderElector> logger)
    : BackgroundService
{
    private string? announcedHolder;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await LeadAsync(await AcquireAsync(stoppingToken), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await HandOverAsync();
        }
    }

    /// <summary>Returns when the Lease is ours, with the moment from before it was asked for.</summary>
    private async Task<long> AcquireAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var started = time.GetTimestamp();
            if (await TryAsync(LeaseElection.RenewDeadline, stoppingToken))
            {
                return started;
            }

            // Jitter: candidates that started together shall not ask together for ever.
            await Task.Delay(LeaseElection.RetryPeriod * (1 + (Random.Shared.NextDouble() * 0.2)), time, stoppingToken);
        }
    }

    private async Task LeadAsync(long acquired, CancellationToken stoppingToken)
    {
        using var leading = new CancellationTokenSource(Remaining(acquired), time);
        metrics.Leads(true);
        logger.LeadershipGained(election.Identity, election.Name);
        leadership.Begin(leading.Token);
        try
        {
            while (!leading.IsCancellationRequested)
            {
                await Task.Delay(LeaseElection.RetryPeriod, time, stoppingToken);
                var started = time.GetTimestamp();
                if (await TryAsync(LeaseElection.RetryPeriod * 2, stoppingToken))
                {
                    leading.CancelAfter(Remaining(started));
                }
                else if (election.Holder != election.Identity)
                {
                    break;
                }
            }

            logger.LeadershipLost(election.Identity, election.Name);
        }
        finally
        {
            // At a graceful end too: the host has stopped the controllers before, and what still runs is told now.
            await leading.CancelAsync();
            metrics.Leads(false);
            announcedHolder = null;
        }
    }

    // Counted from before the request was sent: others cannot have seen the renewal earlier.
    private TimeSpan Remaining(long renewalStarted)
    {
        var left = LeaseElection.RenewDeadline - time.GetElapsedTime(renewalStarted);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async Task<bool> TryAsync(TimeSpan timeout, CancellationToken stoppingToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stoppingToken);
        try
        {
            var holds = await election.TryAcquireOrRenewAsync(both.Token);
            if (!holds && election.Holder is { Length: > 0 } holder && holder != announcedHolder)
            {
                announcedHolder = holder;
                logger.LeaseHeldBy(election.Name, holder);
            }

            return holds;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            logger.LeaseFailed(election.Name, exception);
            return false;
        }
    }

    private async Task HandOverAsync()
    {
        using var deadline = new CancellationTokenSource(LeaseElection.Duration - LeaseElection.RenewDeadline, time);
        try
        {
            // Another may start as soon as the Lease is free: not while anything of ours still runs.
            await leadership.WhenIdleAsync().WaitAsync(deadline.Token);
            if (await election.TryReleaseAsync(deadline.Token))
            {
                logger.LeaseReleased(election.Name);
            }
        }
        catch (Exception exception)
        {
            // It expires by itself.
            logger.LeaseFailed(election.Name, exception);
        }
    }
}
