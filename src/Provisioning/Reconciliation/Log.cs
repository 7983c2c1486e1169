using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>What informers, controllers and leader election log: event ids from 3000.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Information, "Listed {Count} {Resource}")]
    public static partial void Listed(this ILogger logger, int count, string resource);

    [LoggerMessage(3001, LogLevel.Debug, "Watching {Resource} from {ResourceVersion}")]
    public static partial void Watching(this ILogger logger, string resource, string resourceVersion);

    [LoggerMessage(3002, LogLevel.Information, "The version of {Resource} to resume from is gone; listing again")]
    public static partial void ResourceVersionGone(this ILogger logger, string resource);

    [LoggerMessage(3003, LogLevel.Warning, "Following {Resource} failed, attempt {Attempt}; trying again in {Delay}")]
    public static partial void InformerFailed(this ILogger logger, string resource, int attempt, TimeSpan delay, Exception exception);

    [LoggerMessage(3004, LogLevel.Error, "A handler of changes of {Resource} failed on {Key}")]
    public static partial void ChangeHandlerFailed(this ILogger logger, string resource, NamespacedName key, Exception exception);

    [LoggerMessage(3005, LogLevel.Debug, "The watch of {Resource} broke; resuming from {ResourceVersion} in {Delay}")]
    public static partial void WatchBroken(this ILogger logger, string resource, string resourceVersion, TimeSpan delay, Exception exception);

    [LoggerMessage(3006, LogLevel.Information, "Doing without {Resource}: {Reason}")]
    public static partial void DoesWithout(this ILogger logger, string resource, string reason);

    [LoggerMessage(3010, LogLevel.Information, "Controller {Controller} starts {Workers} workers")]
    public static partial void WorkersStarted(this ILogger logger, string controller, int workers);

    [LoggerMessage(3011, LogLevel.Information, "Controller {Controller} has stopped its workers")]
    public static partial void WorkersStopped(this ILogger logger, string controller);

    [LoggerMessage(3012, LogLevel.Debug, "Controller {Controller} reconciled {Key} in {Elapsed}")]
    public static partial void Reconciled(this ILogger logger, string controller, NamespacedName key, TimeSpan elapsed);

    [LoggerMessage(3013, LogLevel.Warning, "Controller {Controller} failed on {Key}, attempt {Attempt}; trying again in {Delay}")]
    public static partial void ReconcileFailed(
        this ILogger logger, string controller, NamespacedName key, int attempt, TimeSpan delay, Exception exception);

    [LoggerMessage(3014, LogLevel.Error, "Controller {Controller} gave up on {Key} until something changes: {Problem}")]
    public static partial void ReconcileGaveUp(this ILogger logger, string controller, NamespacedName key, string problem);

    [LoggerMessage(3020, LogLevel.Information, "This process leads ({Identity}, Lease {Lease})")]
    public static partial void LeadershipGained(this ILogger logger, string identity, NamespacedName lease);

    [LoggerMessage(3021, LogLevel.Warning, "This process leads no more ({Identity}, Lease {Lease})")]
    public static partial void LeadershipLost(this ILogger logger, string identity, NamespacedName lease);

    [LoggerMessage(3022, LogLevel.Warning, "Asking for the Lease {Lease} failed")]
    public static partial void LeaseFailed(this ILogger logger, NamespacedName lease, Exception exception);

    [LoggerMessage(3023, LogLevel.Information, "The Lease {Lease} is held by {Holder}")]
    public static partial void LeaseHeldBy(this ILogger logger, NamespacedName lease, string holder);

    [LoggerMessage(3024, LogLevel.Information, "Released the Lease {Lease}")]
    public static partial void LeaseReleased(this ILogger logger, NamespacedName lease);
}
