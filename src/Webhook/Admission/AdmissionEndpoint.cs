using System.Buffers;
using System.Globalization;
using System.Net.Mime;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Webhook.Admission;

/// <summary>One URL of the webhook: everything that HTTP has to do with a review. Nothing that goes wrong here becomes an allow.</summary>
internal sealed class AdmissionEndpoint(
    Reviewer reviewer, ReviewIntake intake, AdmissionMetrics metrics, IOptions<AdmissionOptions> options, TimeProvider time)
{
    private static readonly ObjectPool<ArrayBufferWriter<byte>> AnswerBuffers = ObjectPool.Create(new AnswerBufferPolicy());
    private static readonly MediaTypeHeaderValue Json = new(MediaTypeNames.Application.Json);

    /// <summary>Answers one call for the handlers of this endpoint.</summary>
    public async Task HandleAsync(HttpContext context, HandlerTable handlers)
    {
        var path = context.Request.Path.Value ?? "";
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            await RefuseAsync(context, new CallRefusal(StatusCodes.Status405MethodNotAllowed, "Use POST."));
        }
        else if (!IsJson(context.Request))
        {
            await RefuseAsync(context, new CallRefusal(StatusCodes.Status415UnsupportedMediaType, "Content-Type must be application/json, without Content-Encoding."));
        }
        else if (!ReviewTimeout.TryRead(context.Request.QueryString, options.Value.DefaultTimeout, out var timeout))
        {
            await RefuseAsync(context, new CallRefusal(StatusCodes.Status400BadRequest, "timeout must be a duration such as 10s."));
        }
        else
        {
            metrics.ReviewStarted();
            try
            {
                using var deadline = new ReviewDeadline(timeout, options.Value.BodyTimeout, time, context.RequestAborted);
                await ReviewAsync(context, handlers, path, deadline);
            }
            finally
            {
                metrics.ReviewEnded();
            }
        }
    }

    private async Task ReviewAsync(HttpContext context, HandlerTable handlers, string path, ReviewDeadline deadline)
    {
        try
        {
            using var taken = await intake.TakeAsync(context.Request, deadline);
            if (taken is null)
            {
                await RefuseAsync(context, CallRefusal.Overloaded);
                return;
            }

            var request = AdmissionReviewReader.Read(taken.Body, handlers);
            var decision = await reviewer.DecideAsync(handlers, path, request, deadline);
            await AnswerAsync(context.Response, request, decision);
        }
        catch (MalformedReviewException exception)
        {
            await RefuseAsync(context, new CallRefusal(StatusCodes.Status400BadRequest, exception.Message));
        }
        catch (BadHttpRequestException exception)
        {
            // Kestrel's texts are as short as ours and quote nothing of the body.
            await RefuseAsync(context, new CallRefusal(exception.StatusCode, exception.Message) { ClosesConnection = true });
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            // Waiting for the rest of the body or for a place took all the time there was.
            await RefuseAsync(context, CallRefusal.Overloaded with { ClosesConnection = true });
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone, and with it the connection.
        }
    }

    private static async Task AnswerAsync(HttpResponse response, AdmissionRequest request, AdmissionDecision decision)
    {
        if (decision is AdmissionDecision.Failed failed)
        {
            response.StatusCode = failed.StatusCode;
            SetRetryAfter(response, failed.RetryAfter);
            await WriteTextAsync(response, $"{failed.Message} (review {request.Uid})\n");
            return;
        }

        var output = AnswerBuffers.Get();
        try
        {
            AdmissionResponder.Write(output, request, decision);
            response.ContentType = MediaTypeNames.Application.Json;
            response.ContentLength = output.WrittenCount;
            await response.BodyWriter.WriteAsync(output.WrittenMemory, CancellationToken.None);
        }
        finally
        {
            AnswerBuffers.Return(output);
        }
    }

    private async Task RefuseAsync(HttpContext context, CallRefusal refusal)
    {
        metrics.CallRefused(refusal.StatusCode);
        context.RequestServices.GetRequiredService<ILogger<AdmissionEndpoint>>()
            .CallRefused(context.Request.Path.Value ?? "", refusal.StatusCode, refusal.Message);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = refusal.StatusCode;
        SetRetryAfter(context.Response, refusal.RetryAfter);
        if (refusal.ClosesConnection)
        {
            context.Response.Headers.Connection = "close";
        }

        await WriteTextAsync(context.Response, $"{refusal.Message}\n");
    }

    private static void SetRetryAfter(HttpResponse response, TimeSpan? retryAfter)
    {
        if (retryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }
    }

    // The API server shows the body of an error to the user when, and only when, it is plain text.
    private static Task WriteTextAsync(HttpResponse response, string text)
    {
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(text, CancellationToken.None);
    }

    private static bool IsJson(HttpRequest request) =>
        request.Headers.ContentEncoding.Count == 0
        && (request.ContentType == MediaTypeNames.Application.Json
            || (MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
                && type.MediaType.Equals(Json.MediaType, StringComparison.OrdinalIgnoreCase)
                && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))));
}

/// <summary>Why a call is not even looked at.</summary>
/// <param name="StatusCode">The HTTP status.</param>
/// <param name="Message">A short text, which quotes nothing of the body.</param>
internal sealed record CallRefusal(int StatusCode, string Message)
{
    /// <summary>Too much to do.</summary>
    public static CallRefusal Overloaded { get; } =
        new(StatusCodes.Status503ServiceUnavailable, AdmissionTexts.Overloaded) { RetryAfter = Reviewer.RetryAfter };

    /// <summary>Null: no header.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What is left of the request is not worth reading. Default: false.</summary>
    public bool ClosesConnection { get; init; }
}
