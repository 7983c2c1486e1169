using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Webhook.Admission;
using Webhook.Hosting;
using Webhook.Tests.Admission;

namespace Webhook.Tests.Hosting;

/// <summary>A collector is told the same as Prometheus.</summary>
public sealed partial class OtlpExportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_collector_gets_every_instrument_that_Prometheus_sees_and_the_last_counts_at_the_end()
    {
        await using var collector = await OtlpCollector.StartAsync();
        string exposition;
        await using (var server = await StartAsync(collector.Url))
        {
            using var api = server.CreateClient();
            using var answer = await api.PostAsync("/validate", WebhookServer.Json(Reviews.ReadText("datasource-create")), Token);
            using var management = new HttpClient { BaseAddress = server.Management };
            exposition = await management.GetStringAsync("/metrics", Token);
        }

        // The interval is an hour: what is there came with the end of the process.
        var names = collector.Metrics;
        Assert.Equal("application/x-protobuf", collector.ContentType);
        Assert.Contains("webhook.admission.reviews", names);
        Assert.Contains("webhook.admission.duration", names);
        Assert.Contains("webhook.certificate.expiry", names);
        Assert.Contains("service.name=k0rdent-datasource", collector.Resource);
        var exported = names.Select(name => name.Replace('.', '_')).ToList();
        var families = Families().Matches(exposition).Select(family => family.Groups["name"].Value).ToList();
        Assert.True(families.Count > 10, exposition);
        Assert.All(families, family => Assert.Contains(exported, name => family.StartsWith(name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_collector_that_is_away_is_no_secret_and_stops_nothing()
    {
        await using var server = await StartAsync(new Uri("http://127.0.0.1:9"));
        using var api = server.CreateClient();
        using var answer = await api.PostAsync("/validate", WebhookServer.Json(Reviews.ReadText("datasource-create")), Token);
        Assert.True(answer.IsSuccessStatusCode);

        await server.App.StopAsync(Token);

        Assert.Contains(server.Logs.Lines, line => line.Contains("Metrics could not be exported over OTLP", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://collector:4318/v1/metrics")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT= ")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318", "OTEL_SDK_DISABLED=true")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318", "OTEL_METRICS_EXPORTER=none")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces", "OTEL_SERVICE_NAME=x")]
    public void Exports_when_and_only_when_the_variables_of_the_specification_say_so(bool isWanted, params string[] variables)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(variables.Select(variable => variable.Split('=', 2)).ToDictionary(pair => pair[0], pair => (string?)pair[1], StringComparer.Ordinal))
            .Build();

        Assert.Equal(isWanted, OtlpExport.IsWanted(configuration));
    }

    private static Task<WebhookServer> StartAsync(Uri collector) => WebhookServer.StartAsync(
        [new ScriptedHandler("datasources", _ => new AdmissionDecision.Allowed())],
        _ => { },
        $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector}",
        "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        "--OTEL_METRIC_EXPORT_INTERVAL=3600000");

    [GeneratedRegex("^# TYPE (?<name>[a-z0-9_]+) ", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Families();
}
