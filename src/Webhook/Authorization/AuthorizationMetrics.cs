using System.Diagnostics.Metrics;

namespace Webhook.Authorization;

/// <summary>What became of a SubjectAccessReview.</summary>
internal enum SecretAccessOutcome
{
    /// <summary>The user may read the Secret.</summary>
    Allowed,

    /// <summary>The user may not.</summary>
    Forbidden,

    /// <summary>The API server did not decide.</summary>
    Failed,
}

/// <summary>The instruments of authorization. Their one label has three values.</summary>
internal sealed class AuthorizationMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Webhook.Authorization";

    private readonly Histogram<double> duration;

    public AuthorizationMetrics(IMeterFactory meters)
    {
        duration = meters.Create(MeterName).CreateHistogram(
            "webhook.authorization.subject_access_review.duration",
            "s",
            "Time of one SubjectAccessReview for the requesting user, by outcome.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
    }

    public void SecretAccessReviewed(SecretAccessOutcome outcome, TimeSpan elapsed) =>
        duration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome switch
        {
            SecretAccessOutcome.Allowed => "allowed",
            SecretAccessOutcome.Forbidden => "forbidden",
            _ => "failed",
        }));
}
