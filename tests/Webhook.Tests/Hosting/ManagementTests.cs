using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Webhook.Admission;
using Webhook.Tests.Admission;

namespace Webhook.Tests.Hosting;

/// <summary>What the management port says, and what it must not.</summary>
public sealed class ManagementTests : IAsyncLifetime
{
    private WebhookServer server = null!;
    private HttpClient management = null!;
    private HttpClient api = null!;

    public async ValueTask InitializeAsync()
    {
        server = await WebhookServer.StartAsync(
            [
                new ScriptedHandler("datasources", _ => new AdmissionDecision.Denied([new("FieldValueRequired", "Required value", "spec.type"), new("FieldValueInvalid", "Invalid value", "spec.endpoints[17]"), new("FieldValueTypeInvalid", "Invalid value", "metadata.annotations.chosenbytenant")])),
                new ScriptedMutation("helm.toolkit.fluxcd.io", "helmreleases", (_, _) => ValueTask.FromResult<AdmissionDecision>(new AdmissionDecision.Patched("[]"u8.ToArray()))),
            ],
            builder => builder.Services.Configure<HealthCheckServiceOptions>(checks =>
            {
                foreach (var check in checks.Registrations.Where(check => check.Name is "kubernetes" or "informers").ToList())
                {
                    checks.Registrations.Remove(check);
                }

                checks.Registrations.Add(new HealthCheckRegistration("database", _ => new Degraded(), null, ["ready"]));
            }));
        management = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = server.Management };
        api = server.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        management.Dispose();
        api.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Is_ready_with_something_degraded_and_says_what()
    {
        Assert.Equal("ok", await management.GetStringAsync("/livez"));
        Assert.Equal("ok", await management.GetStringAsync("/readyz"));
        var verbose = await management.GetStringAsync("/readyz?verbose");
        Assert.Contains("[!]database degraded: one of two is down\n", verbose, StringComparison.Ordinal);
        Assert.Contains("[+]certificate ok: The certificate is valid until ", verbose, StringComparison.Ordinal);
        Assert.EndsWith("readyz check passed\n", verbose, StringComparison.Ordinal);
        Assert.Single(server.Logs.Lines, line => line.Contains("The health check database is Degraded", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/validate")]
    [InlineData("/mutate")]
    public async Task Admission_is_not_served_without_TLS(string path)
    {
        using var answer = await management.PostAsync(path, WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/metrics")]
    [InlineData("/swagger/index.html")]
    [InlineData("/swagger/v1/swagger.json")]
    [InlineData("/")]
    public async Task Management_is_not_served_to_whom_the_admission_port_is_open(string path)
    {
        using var answer = await api.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Counts_reviews_without_labels_that_a_tenant_chooses()
    {
        await api.PostAsync("/validate", WebhookServer.Json(Reviews.ReadText("datasource-create")));
        await api.PostAsync("/validate", WebhookServer.Json(Reviews.ReadText("datasource-create")));
        await api.PostAsync("/mutate", WebhookServer.Json(Reviews.ReadText("helmrelease-update")));
        await api.PostAsync("/mutate", WebhookServer.Json(Reviews.ReadText("helmrelease-update").Replace("\"helmreleases\"", "\"chosenbytenant\"", StringComparison.Ordinal)));
        await api.PostAsync("/mutate", WebhookServer.Json("chosenbytenant"));

        var metrics = await management.GetStringAsync("/metrics");

        Assert.Contains("""webhook_admission_reviews_total{resource="datasources",operation="CREATE",decision="denied",code="422"} 2""", metrics, StringComparison.Ordinal);
        Assert.Contains("""webhook_admission_reviews_total{resource="helmreleases",operation="UPDATE",decision="patched",code="200"} 1""", metrics, StringComparison.Ordinal);
        Assert.Contains("""webhook_admission_reviews_total{resource="unknown",operation="UPDATE",decision="denied",code="403"} 1""", metrics, StringComparison.Ordinal);
        Assert.Contains("""webhook_admission_refusals_total{code="400"} 1""", metrics, StringComparison.Ordinal);
        Assert.Contains("""webhook_admission_denials_total{resource="datasources",field="spec.type",reason="FieldValueRequired"} 2""", metrics, StringComparison.Ordinal);
        Assert.Contains("""webhook_admission_denials_total{resource="datasources",field="spec.endpoints[]",reason="FieldValueInvalid"} 2""", metrics, StringComparison.Ordinal);
        Assert.Contains("""webhook_admission_denials_total{resource="datasources",field="other",reason="FieldValueTypeInvalid"} 2""", metrics, StringComparison.Ordinal);
        Assert.Contains("""webhook_admission_duration_seconds_bucket{resource="datasources",operation="CREATE",le="0.0005"}""", metrics, StringComparison.Ordinal);
        Assert.Contains("""webhook_admission_duration_seconds_bucket{resource="datasources",operation="CREATE",le="+Inf"} 2""", metrics, StringComparison.Ordinal);
        Assert.Contains("webhook_admission_in_flight 0", metrics, StringComparison.Ordinal);
        Assert.Contains("webhook_certificate_expiry_seconds 8", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("chosenbytenant", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describes_the_endpoints_on_a_page_that_needs_nothing_from_elsewhere()
    {
        using var moved = await management.GetAsync("/swagger");
        var page = await management.GetStringAsync("/swagger/index.html");
        var document = JsonNode.Parse(await management.GetStringAsync("/swagger/v1/swagger.json"))!;

        Assert.Equal(HttpStatusCode.MovedPermanently, moved.StatusCode);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.Equal(["/mutate", "/validate"], document["paths"]!.AsObject().Select(path => path.Key).Order(StringComparer.Ordinal));
        foreach (var script in new[] { "swagger-ui-bundle.js", "swagger-ui.css", "index.js" })
        {
            using var part = await management.GetAsync($"/swagger/{script}");
            Assert.Equal(HttpStatusCode.OK, part.StatusCode);
        }
    }

    private sealed class Degraded : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(HealthCheckResult.Degraded("one of two\nis down"));
    }
}
