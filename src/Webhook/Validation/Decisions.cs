using System.Globalization;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Validation;

/// <summary>Makes decisions, each with the audit annotation that says what was looked at.</summary>
internal static class Decisions
{
    /// <summary>The annotation's key; the API server puts the webhook's name in front.</summary>
    public const string RulesAnnotation = "rules";

    /// <summary>The fields of the violations, without their values.</summary>
    public const string ViolationsAnnotation = "violations";

    private static readonly Dictionary<string, string> PassedAnnotations = Annotations("passed");

    /// <summary>Worth trying again soon: the API server does so within the webhook's timeout.</summary>
    public static TimeSpan RetryAfter { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Nothing that the rules are about.</summary>
    /// <param name="why">Such as <c>unchanged</c>.</param>
    public static AdmissionDecision.Allowed Unruled(string why) => new() { AuditAnnotations = Annotations(why) };

    /// <summary>The rules were applied and found nothing.</summary>
    public static AdmissionDecision.Allowed Pass(IReadOnlyList<string> warnings) =>
        new() { Warnings = warnings, AuditAnnotations = PassedAnnotations };

    /// <summary>The rules found something.</summary>
    public static AdmissionDecision.Denied Deny(IReadOnlyList<FieldViolation> violations)
    {
        var annotations = Annotations("violated");
        annotations[ViolationsAnnotation] = string.Join(",", violations.Select(violation => $"{violation.Field}:{violation.Reason}").Distinct(StringComparer.Ordinal));
        return new AdmissionDecision.Denied([.. violations.Select(violation => new DenialCause(violation.Reason, violation.Body, violation.Field))])
        {
            AuditAnnotations = annotations,
        };
    }

    /// <summary>Denied or passed, as the violations say. What is refused is not warned about too: mistakes come first.</summary>
    public static AdmissionDecision From(IReadOnlyList<FieldViolation> violations, IReadOnlyList<string> warnings) =>
        violations.Count == 0 ? Pass(warnings) : Deny(violations);

    /// <summary>A question to the API server that the decision needs was not answered.</summary>
    public static AdmissionDecision.Failed Unavailable() =>
        new(StatusCodes.Status503ServiceUnavailable, Refusals.ApiUnavailable, RetryAfter);

    /// <summary>The API server gave no answer that decides anything: an error, a broken connection, or a timeout of the client's own.</summary>
    /// <param name="exception">What a call of the Kubernetes client threw.</param>
    /// <param name="cancellationToken">The request's: when that has ended, the exception is its end and not a failure.</param>
    public static bool IsNoAnswer(Exception exception, CancellationToken cancellationToken) =>
        exception is KubernetesApiException or HttpRequestException or IOException or System.Text.Json.JsonException or TimeoutException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>Fills in a text of <see cref="Refusals"/>.</summary>
    public static string Fill(string text, params object[] arguments) => string.Format(CultureInfo.InvariantCulture, text, arguments);

    private static Dictionary<string, string> Annotations(string rules) => new(StringComparer.Ordinal) { [RulesAnnotation] = rules };
}
