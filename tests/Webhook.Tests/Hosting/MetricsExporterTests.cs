using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Webhook.Hosting;

namespace Webhook.Tests.Hosting;

public sealed class MetricsExporterTests : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().AddSingleton<MetricsExporter>().BuildServiceProvider();
    private readonly MetricsExporter exporter;
    private readonly Meter meter;

    public MetricsExporterTests()
    {
        exporter = services.GetRequiredService<MetricsExporter>();
        meter = services.GetRequiredService<IMeterFactory>().Create("Webhook.Test");
    }

    public void Dispose() => services.Dispose();

    [Fact]
    public void Writes_counters_gauges_and_histograms_in_Prometheus_text()
    {
        var counter = meter.CreateCounter<long>("test.calls", "{call}", "Calls.\nBy \"code\".");
        var histogram = meter.CreateHistogram("test.time", "s", "Time.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        var upDown = meter.CreateUpDownCounter<int>("test.flight", null, "In flight.");
        counter.Add(2, new KeyValuePair<string, object?>("code", "a\"b\\c\nd"));
        counter.Add(3, new KeyValuePair<string, object?>("code", "a\"b\\c\nd"));
        foreach (var value in new[] { 0.05, 0.1, 0.5, 7 })
        {
            histogram.Record(value);
        }

        upDown.Add(3);
        upDown.Add(-1);

        var text = string.Join('\n', exporter.Collect().Split('\n').Where(line => line.Contains("test_", StringComparison.Ordinal)));

        Assert.Equal(
            """
            # HELP test_calls_total Calls.\nBy "code".
            # TYPE test_calls_total counter
            test_calls_total{code="a\"b\\c\nd"} 5
            # HELP test_flight In flight.
            # TYPE test_flight gauge
            test_flight 2
            # HELP test_time_seconds Time.
            # TYPE test_time_seconds histogram
            test_time_seconds_bucket{le="0.1"} 2
            test_time_seconds_bucket{le="1"} 3
            test_time_seconds_bucket{le="+Inf"} 4
            test_time_seconds_sum 7.65
            test_time_seconds_count 4
            """,
            text);
    }

    [Fact]
    public void Forgets_what_is_no_longer_observed()
    {
        var observed = new List<string> { "a", "b" };
        meter.CreateObservableGauge("test.up", () => observed.Select(name => new Measurement<int>(1, new KeyValuePair<string, object?>("name", name))));
        Assert.Contains("test_up{name=\"b\"} 1", exporter.Collect(), StringComparison.Ordinal);

        observed.Remove("b");

        Assert.DoesNotContain("name=\"b\"", exporter.Collect(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bounds_the_number_of_series_and_loses_no_count()
    {
        var counter = meter.CreateCounter<long>("test.many");
        for (var index = 0; index < 5000; index++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("index", index));
        }

        var lines = exporter.Collect().Split('\n').Where(line => line.StartsWith("test_many_total", StringComparison.Ordinal)).ToList();

        Assert.Equal(2001, lines.Count);
        Assert.Contains("test_many_total{overflow=\"true\"} 3000", lines);
    }

    [Fact]
    public void Counts_exactly_from_many_threads_and_without_allocating()
    {
        var counter = meter.CreateCounter<long>("test.exact");
        Parallel.For(0, 8, _ =>
        {
            for (var index = 0; index < 10_000; index++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("code", "200"));
            }
        });

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 0; index < 1000; index++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("code", "200"));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
        Assert.Contains("test_exact_total{code=\"200\"} 81000", exporter.Collect(), StringComparison.Ordinal);
    }

    [Fact]
    public void Leaves_the_meters_of_other_hosts_and_libraries_out()
    {
        using var other = new ServiceCollection().AddMetrics().BuildServiceProvider();
        other.GetRequiredService<IMeterFactory>().Create("Webhook.Test").CreateCounter<int>("test.other").Add(1);
        using var library = new Meter("Npgsql");
        library.CreateCounter<int>("test.library").Add(1);

        var text = exporter.Collect();

        Assert.DoesNotContain("test_other", text, StringComparison.Ordinal);
        Assert.DoesNotContain("test_library", text, StringComparison.Ordinal);
    }
}
