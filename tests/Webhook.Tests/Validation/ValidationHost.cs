using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;
using Webhook.Admission;
using Webhook.Authorization;
using Webhook.Tests.Admission;
using Webhook.Tests.Hosting;
using Webhook.Validation;

namespace Webhook.Tests.Validation;

/// <summary>The validating handlers as the process registers them, in front of a cluster in memory, fed with recorded reviews.</summary>
internal sealed class ValidationHost : IDisposable
{
    private readonly ServiceProvider services;

    public ValidationHost(InMemoryCluster cluster, Action<IServiceCollection>? configure = null, params (string Key, string Value)[] settings)
    {
        Cluster = cluster;
        var collection = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build())
            .AddLogging(logging => logging.AddProvider(Log))
            .AddSingleton<IKubernetesClient>(cluster)
            .AddSecretAuthorization()
            .AddValidation();
        configure?.Invoke(collection);
        services = collection.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        Handlers = new HandlerTable(services.GetServices<IValidatingHandler>());
    }

    public InMemoryCluster Cluster { get; }

    /// <summary>As an endpoint has them.</summary>
    public HandlerTable Handlers { get; }

    public RecordingLogger Log { get; } = new();

    public static AdmissionRequest Request(string review, Action<JsonNode>? change = null) =>
        AdmissionReviewReader.Read(System.Text.Encoding.UTF8.GetBytes(Reviews.With(review, node => change?.Invoke(node["request"]!))));

    /// <summary>Decides about a recorded review, changed in its request where a test needs that.</summary>
    public ValueTask<AdmissionDecision> DecideAsync(string review, Action<JsonNode>? change = null) =>
        DecideAsync(Request(review, change), TestContext.Current.CancellationToken);

    public ValueTask<AdmissionDecision> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken) =>
        Handlers.Find(request.Resource)!.DecideAsync(request, cancellationToken);

    public void Dispose() => services.Dispose();
}

/// <summary>What tests ask of decisions.</summary>
internal static class DecisionAssertions
{
    /// <summary>The causes of a denial as kubectl prints them.</summary>
    public static IReadOnlyList<string> Causes(this AdmissionDecision decision) =>
        [.. Assert.IsType<AdmissionDecision.Denied>(decision).Causes.Select(cause => $"{cause.Field}: {cause.Message}")];

    public static void IsUnruled(this AdmissionDecision decision, string why)
    {
        Assert.IsType<AdmissionDecision.Allowed>(decision);
        Assert.Empty(decision.Warnings);
        Assert.Equal(why, decision.AuditAnnotations["rules"]);
    }

    /// <summary>The API server is asked to try again within its own timeout.</summary>
    public static void IsUnavailable(this AdmissionDecision decision)
    {
        var failed = Assert.IsType<AdmissionDecision.Failed>(decision);
        Assert.Equal((503, TimeSpan.FromSeconds(1)), (failed.StatusCode, failed.RetryAfter));
    }
}
