using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Provisioning.Kubernetes;
using Webhook.Hosting;
using Webhook.Tests.Injection;

namespace Webhook.Tests.Documents;

/// <summary>docs/metrics.md names every metric of the product.</summary>
public sealed class MetricsTests
{
    /// <summary>The two ways to a certificate: each has metrics that the other lacks.</summary>
    private static readonly string[][] Certificates =
    [
        ["--Https:CertificateDirectory=/none"], ["--Https:SelfSigned:Enabled=true", "--Https:SelfSigned:Namespace=x"],
    ];

    [Fact]
    public async Task The_list_is_what_both_roles_together_make()
    {
        var names = new SortedDictionary<string, (SeriesKind Kind, string Means)>(StringComparer.Ordinal);
        foreach (var instrument in await InstrumentsAsync())
        {
            var series = InstrumentSeries.Create(instrument);
            names[series.Name] = (series.Kind, series.Description.TrimEnd('.'));
        }

        Assert.Contains("webhook_admission_reviews_total", names.Keys);
        Assert.Contains("provisioning_leader", names.Keys);
        var text = new StringBuilder("| metric | type | means |\n|---|---|---|\n");
        foreach (var (name, (kind, means)) in names)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{name}` | {TypeOf(kind)} | {means} |\n");
        }

        await GeneratedPart.IsCurrentAsync("metrics.md", text.ToString());
    }

    private static string TypeOf(SeriesKind kind) => kind switch
    {
        SeriesKind.Counter or SeriesKind.ObservedCounter => "counter",
        SeriesKind.Histogram => "histogram",
        _ => "gauge",
    };

    private static async Task<List<Instrument>> InstrumentsAsync()
    {
        var found = new List<Instrument>();
        var missing = Makers();
        foreach (var certificate in Certificates)
        {
            await using var app = Program.Build(certificate, builder => builder.Services.Replace(ServiceDescriptor.Singleton<IKubernetesClient>(new StubKubernetesClient())));
            var meters = app.Services.GetRequiredService<IMeterFactory>();
            using var listener = new MeterListener();
            listener.InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == meters)
                {
                    found.Add(instrument);
                }
            };
            listener.Start();
            missing.RemoveAll(type => app.Services.GetService(type) is not null);
        }

        Assert.Empty(missing);
        return [.. found.Where(instrument => instrument.Meter.Name.StartsWith("Webhook", StringComparison.Ordinal) || instrument.Meter.Name.StartsWith("Provisioning", StringComparison.Ordinal))];
    }

    /// <summary>Every class that makes instruments.</summary>
    private static List<Type> Makers() =>
    [
        .. new[] { typeof(Program).Assembly, typeof(IKubernetesClient).Assembly }.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type != typeof(MetricsExporter) && type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Any(parameter => parameter.ParameterType == typeof(IMeterFactory))),
    ];
}
