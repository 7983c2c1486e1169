using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Webhook.Hosting;

/// <summary>
/// <c>/livez</c> and <c>/readyz</c> in the API server's form: <c>ok</c>, or with <c>?verbose</c> and on failure one line per check.
/// Degraded counts as passed: what is wrong shows, and the process goes on serving.
/// </summary>
internal sealed class HealthEndpoints(HealthCheckService checks, ILogger<HealthEndpoints> logger)
{
    /// <summary>The tag of checks that <c>/readyz</c> asks.</summary>
    public const string ReadyTag = "ready";

    /// <summary>The tag of checks that <c>/livez</c> asks: only what a restart mends.</summary>
    public const string LiveTag = "live";

    private readonly ConcurrentDictionary<string, HealthStatus> known = new(StringComparer.Ordinal);

    /// <summary>Answers with the state of the checks of a tag.</summary>
    public async Task AnswerAsync(HttpContext context, string name, string tag)
    {
        var report = await checks.CheckHealthAsync(check => check.Tags.Contains(tag), context.RequestAborted);
        foreach (var (check, entry) in report.Entries)
        {
            ReportChange(check, entry);
        }

        var passed = report.Status != HealthStatus.Unhealthy;
        context.Response.StatusCode = passed ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        var isVerbose = !passed || context.Request.Query.ContainsKey("verbose");
        await context.Response.WriteAsync(isVerbose ? Describe(report, name, passed) : "ok", context.RequestAborted);
    }

    private static string Describe(HealthReport report, string name, bool passed)
    {
        var text = new StringBuilder();
        foreach (var (check, entry) in report.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            var mark = entry.Status switch
            {
                HealthStatus.Healthy => "[+]",
                HealthStatus.Degraded => "[!]",
                _ => "[-]",
            };
            var outcome = entry.Status switch
            {
                HealthStatus.Healthy => "ok",
                HealthStatus.Degraded => "degraded",
                _ => "failed",
            };
            text.Append(mark).Append(check).Append(' ').Append(outcome);
            if (!string.IsNullOrEmpty(entry.Description))
            {
                text.Append(": ").Append(entry.Description.ReplaceLineEndings(" "));
            }

            text.Append('\n');
        }

        return text.Append(name).Append(passed ? " check passed\n" : " check failed\n").ToString();
    }

    private void ReportChange(string check, HealthReportEntry entry)
    {
        var before = known.TryGetValue(check, out var status) ? status : HealthStatus.Healthy;
        known[check] = entry.Status;
        if (before != entry.Status)
        {
            logger.HealthChanged(check, entry.Status.ToString(), entry.Description ?? "");
        }
    }
}

/// <summary>Not ready once the drain has begun.</summary>
internal sealed class DrainHealthCheck(Drain drain) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(drain.HasBegun ? HealthCheckResult.Unhealthy("The process is shutting down.") : HealthCheckResult.Healthy());
}
