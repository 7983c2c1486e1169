using System.Runtime.CompilerServices;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Webhook.Hosting;

/// <summary>
/// Sends the instruments of <c>/metrics</c> to a collector too, where the variables of the OpenTelemetry specification
/// (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its like) say so. Without them nothing of OpenTelemetry is even loaded.
/// </summary>
internal sealed class OtlpExport(IConfiguration configuration, ILogger<OtlpExport> logger) : IHostedService
{
    /// <summary>The name of the service, unless <c>OTEL_SERVICE_NAME</c> or <c>OTEL_RESOURCE_ATTRIBUTES</c> says another.</summary>
    private const string ServiceName = "k0rdent-datasource";

    /// <summary>How long the last export may hold up the end of the process when the collector is away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private Export? export;

    /// <summary>Whether the configuration asks for it.</summary>
    internal static bool IsWanted(IConfiguration configuration) =>
        (IsSet(configuration, "OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet(configuration, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"))
        && !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
        && !string.Equals(configuration["OTEL_METRICS_EXPORTER"], "none", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsWanted(configuration))
        {
            export = Begin();
            logger.OtlpStarted();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        export?.Dispose();
        return Task.CompletedTask;
    }

    private static bool IsSet(IConfiguration configuration, string key) => !string.IsNullOrWhiteSpace(configuration[key]);

    // Apart, so that the runtime looks for OpenTelemetry's assemblies only when this is called.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Export Begin() => new(configuration, logger);

    private sealed class Export : IDisposable
    {
        private readonly OtlpFailures failures;
        private readonly MeterProvider provider;

        public Export(IConfiguration configuration, ILogger logger)
        {
            failures = new OtlpFailures(logger);
            var resource = ResourceBuilder.CreateEmpty().AddService(ServiceName).AddTelemetrySdk().AddEnvironmentVariableDetector();
            provider = Sdk.CreateMeterProviderBuilder()
                .ConfigureServices(services => services.AddSingleton(configuration))
                .SetResourceBuilder(resource)
                .AddMeter([.. MetricsExporter.MeterPrefixes.Select(prefix => $"{prefix}*")])
                .AddOtlpExporter()
                .Build();
        }

        public void Dispose()
        {
            // What was counted since the last export goes too.
            provider.Shutdown((int)Patience.TotalMilliseconds);
            provider.Dispose();
            failures.Dispose();
        }
    }
}
