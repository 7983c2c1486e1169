using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;

namespace Webhook.Admission;

/// <summary>
/// The instruments of admission. Labels come from closed sets (our resources, their ruled fields, operations, decisions, codes, apimachinery's cause types):
/// a tenant cannot make a new series.
/// </summary>
internal sealed partial class AdmissionMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Webhook.Admission";

    private readonly Counter<long> reviews;
    private readonly Counter<long> denials;
    private readonly Counter<long> refusals;
    private readonly Histogram<double> duration;
    private readonly UpDownCounter<long> inFlight;

    public AdmissionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        reviews = meter.CreateCounter<long>("webhook.admission.reviews", "{review}", "Reviews answered, by resource, operation, decision and status code.");
        denials = meter.CreateCounter<long>("webhook.admission.denials", "{cause}", "Causes of denials by rule: resource, field and type of cause.");
        refusals = meter.CreateCounter<long>("webhook.admission.refusals", "{call}", "Calls that were no review to decide about, by status code.");
        inFlight = meter.CreateUpDownCounter<long>("webhook.admission.in_flight", "{review}", "Reviews being handled.");
        duration = meter.CreateHistogram(
            "webhook.admission.duration",
            "s",
            "Time from the request's headers to the answer, by resource and operation.",
            tags: null,
            new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
            });
    }

    public void ReviewStarted() => inFlight.Add(1);

    public void ReviewEnded() => inFlight.Add(-1);

    public void CallRefused(int statusCode) => refusals.Add(1, new KeyValuePair<string, object?>("code", Code(statusCode)));

    /// <param name="resource">The plural name of a resource that has a handler, or <c>unknown</c>.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="elapsed">The time it took.</param>
    public void ReviewAnswered(string resource, AdmissionOperation operation, AdmissionDecision decision, TimeSpan elapsed)
    {
        var resourceLabel = new KeyValuePair<string, object?>("resource", resource);
        var operationLabel = new KeyValuePair<string, object?>("operation", Name(operation));
        var (name, code) = Describe(decision);
        reviews.Add(1, resourceLabel, operationLabel, new("decision", name), new("code", code));
        duration.Record(elapsed.TotalSeconds, resourceLabel, operationLabel);
        if (decision is AdmissionDecision.Denied denied)
        {
            foreach (var cause in denied.Causes)
            {
                denials.Add(1, resourceLabel, new("field", FieldOf(cause)), new("reason", cause.Reason));
            }
        }
    }

    /// <summary>The decision's name, as the metric and the log have it.</summary>
    public static (string Name, string Code) Describe(AdmissionDecision decision) => decision switch
    {
        AdmissionDecision.Allowed => ("allowed", "200"),
        AdmissionDecision.Patched => ("patched", "200"),
        AdmissionDecision.Denied denied => ("denied", denied.Causes.Count > 0 ? "422" : "403"),
        AdmissionDecision.Failed failed => ("failed", Code(failed.StatusCode)),
        _ => ("failed", "500"),
    };

    // Rules are about fields that they name. Only the path to a value of a wrong type may lead over a key that a tenant chose.
    private static string FieldOf(DenialCause cause) =>
        cause.Reason == "FieldValueTypeInvalid" ? cause.Field.Split('.', 2)[0] is "spec" ? "spec" : "other" : Index().Replace(cause.Field, "[]");

    [GeneratedRegex(@"\[[0-9]+\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Index();

    private static string Name(AdmissionOperation operation) => operation switch
    {
        AdmissionOperation.Create => "CREATE",
        AdmissionOperation.Update => "UPDATE",
        AdmissionOperation.Delete => "DELETE",
        _ => "CONNECT",
    };

    // Literals: a number formatted anew for every review would be garbage.
    private static string Code(int statusCode) => statusCode switch
    {
        400 => "400",
        404 => "404",
        405 => "405",
        408 => "408",
        413 => "413",
        415 => "415",
        429 => "429",
        503 => "503",
        _ => "500",
    };
}
