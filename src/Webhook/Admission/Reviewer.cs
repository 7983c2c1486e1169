using System.Globalization;
using System.Text;

namespace Webhook.Admission;

/// <summary>Brings a request to its handler and turns whatever happens there into a decision.</summary>
internal sealed class Reviewer(AdmissionMetrics metrics, TimeProvider time, ILogger<Reviewer> logger)
{
    private static readonly CompositeFormat MisdirectedFormat = CompositeFormat.Parse(AdmissionTexts.Misdirected);

    /// <summary>Worth trying again soon: the API server does so within the webhook's timeout.</summary>
    public static TimeSpan RetryAfter { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Decides. Never throws, unless the caller has gone.</summary>
    /// <param name="handlers">The handlers of the endpoint.</param>
    /// <param name="path">The endpoint, for texts.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="deadline">When an answer is due.</param>
    public async ValueTask<AdmissionDecision> DecideAsync(HandlerTable handlers, string path, AdmissionRequest request, ReviewDeadline deadline)
    {
        var handler = handlers.Find(request.Resource);
        var decision = handler is null ? Misdirected(path, request) : await CallAsync(handler, request, deadline);
        metrics.ReviewAnswered(handler?.Resource ?? "unknown", request.Operation, decision, time.GetElapsedTime(deadline.Started));
        Report(request, decision);
        return decision;
    }

    private async ValueTask<AdmissionDecision> CallAsync(IAdmissionHandler handler, AdmissionRequest request, ReviewDeadline deadline)
    {
        try
        {
            return await handler.DecideAsync(request, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            logger.ReviewTimedOut(request.Uid, request.Resource.Resource, deadline.Timeout);
            return new AdmissionDecision.Failed(StatusCodes.Status503ServiceUnavailable, AdmissionTexts.TimedOut, RetryAfter);
        }
        catch (OperationCanceledException) when (deadline.Token.IsCancellationRequested)
        {
            // The caller has gone: nobody is left to answer.
            throw;
        }
        catch (Exception exception)
        {
            logger.ReviewFailed(exception, request.Uid, request.Resource.Resource);
            return new AdmissionDecision.Failed(StatusCodes.Status500InternalServerError, AdmissionTexts.Broken, null);
        }
    }

    private AdmissionDecision.Denied Misdirected(string path, AdmissionRequest request)
    {
        var resource = request.Resource.Group.Length > 0 ? $"{request.Resource.Resource}.{request.Resource.Group}" : request.Resource.Resource;
        logger.ReviewMisdirected(request.Uid, resource, path);

        // An allow would hide that nothing is checked; an HTTP error would be one with failurePolicy Ignore.
        return new AdmissionDecision.Denied([])
        {
            Message = string.Format(CultureInfo.InvariantCulture, MisdirectedFormat, path, resource),
        };
    }

    private void Report(AdmissionRequest request, AdmissionDecision decision)
    {
        switch (decision)
        {
            case AdmissionDecision.Denied denied:
                logger.ReviewDenied(
                    request.Operation, request.Resource.Resource, request.Namespace, DenialText.DisplayName(request), request.UserInfo.Username, request.Uid, denied.Causes.Count);
                break;
            case AdmissionDecision.Failed failed:
                logger.ReviewUndecided(request.Uid, request.Resource.Resource, failed.Message);
                break;
            default:
                logger.ReviewDecided(
                    AdmissionMetrics.Describe(decision).Name, request.Operation, request.Resource.Resource, request.Namespace, DenialText.DisplayName(request), request.Uid);
                break;
        }
    }
}
