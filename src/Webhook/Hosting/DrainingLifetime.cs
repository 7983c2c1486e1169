using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>
/// Ends the host on a signal. SIGTERM, Kubernetes' way, drains first: an endpoint goes on being called until every node has heard that
/// it is none. SIGINT and SIGQUIT, a person's way, and a second SIGTERM end at once.
/// </summary>
internal sealed class DrainingLifetime(
    Drain drain, IOptions<ShutdownOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<DrainingLifetime> logger)
    : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> registrations = [];

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        registrations.Clear();
    }

    /// <summary>Drains for the configured time, then stops the host. A second call stops it at once.</summary>
    public async Task DrainAndStopAsync()
    {
        var isFirst = !drain.HasBegun;
        drain.Begin();
        if (isFirst && drain.HasCallers)
        {
            logger.Draining(options.Value.DrainDuration);
            await Task.Delay(options.Value.DrainDuration, time, lifetime.ApplicationStopping).ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        lifetime.StopApplication();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Without this the runtime would end the process itself.
        context.Cancel = true;
        logger.Stopping(context.Signal.ToString());
        if (context.Signal == PosixSignal.SIGTERM)
        {
            _ = DrainAndStopAsync();
        }
        else
        {
            drain.Begin();
            lifetime.StopApplication();
        }
    }
}
