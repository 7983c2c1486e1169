using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Tests.Kubernetes;

namespace Provisioning.Tests.Reconciliation;

/// <summary>Kinds of neighbours who need not be installed.</summary>
public sealed class OptionalKindTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);
    private readonly ManualTimeProvider time = new();
    private readonly FakeApi api = new();
    private readonly ConcurrentDictionary<string, bool> missing = new(StringComparer.Ordinal);
    private IHost? host;

    public OptionalKindTests() => api.Before = (call, _) => missing.ContainsKey(call.Split(' ')[1])
        ? throw new KubernetesApiException(HttpStatusCode.NotFound, "", "The API server answered HTTP 404 without saying why.") { IsUnknownKind = true }
        : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        var stopping = host!.StopAsync();
        await time.AdvanceUntilAsync(() => stopping.IsCompleted, TimeSpan.FromSeconds(1));
        await stopping;
        host.Dispose();
    }

    [Fact]
    public async Task A_controller_works_without_an_optional_kind_and_begins_with_it_when_its_CRD_appears()
    {
        missing["widgets"] = true;
        api.Put(Widget.Named("a"));
        var reconciler = await StartAsync(isOptional: true);
        await time.AdvanceUntilAsync(() => host!.Services.GetRequiredService<IResourceCache<Widget>>().HasSynced, Step);

        var report = await HealthAsync();
        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Equal(
            "All kinds that exist are listed and followed; widgets.example.com: the API server does not serve this optional kind; it is followed once its CRD is installed",
            report.Entries["informers"].Description);
        Assert.Equal(0, reconciler.Runs);

        missing.Clear();
        await time.AdvanceUntilAsync(() => reconciler.Runs == 1, Step);

        Assert.Equal("All kinds are listed and followed.", (await HealthAsync()).Entries["informers"].Description);
    }

    [Fact]
    public async Task A_missing_optional_kind_is_asked_for_twice_a_minute_and_not_more()
    {
        var asked = new ConcurrentQueue<DateTimeOffset>();
        api.Before = (_, _) =>
        {
            asked.Enqueue(time.GetUtcNow());
            throw new KubernetesApiException(HttpStatusCode.NotFound, "", "404") { IsUnknownKind = true };
        };
        await StartAsync(isOptional: true);
        await time.AdvanceUntilAsync(() => asked.Count == 10, Step);

        Assert.All(asked.Zip(asked.Skip(1), (before, after) => (after - before).TotalSeconds), wait => Assert.InRange(wait, 22, 39));
        Assert.Equal(0, api.CountOf("watch widgets"));
    }

    [Fact]
    public async Task A_kind_whose_CRD_goes_has_no_objects_any_more_and_comes_back()
    {
        api.Put(Widget.Named("a"));
        var reconciler = await StartAsync(isOptional: true);
        await time.AdvanceUntilAsync(() => reconciler.Runs == 1, Step);
        var cache = host!.Services.GetRequiredService<IResourceCache<Widget>>();

        missing["widgets"] = true;
        api.EndWatches(null);
        await time.AdvanceUntilAsync(() => cache.List(null).Count == 0, Step);
        missing.Clear();
        await time.AdvanceUntilAsync(() => cache.List(null).Count == 1, Step);

        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);
    }

    [Fact]
    public async Task An_older_version_is_followed_only_where_the_newer_is_not_served()
    {
        await StartAsync(isOptional: true, services => services.AddOptionalInformer<Widget, Gadget>());
        await time.AdvanceUntilAsync(() => host!.Services.GetRequiredService<IResourceCache<Widget>>().HasSynced, Step);
        Assert.Equal((1, 0), (api.CountOf("watch gadgets"), api.CountOf("list widgets")));
        Assert.Contains("widgets.v1.example.com: a newer version of this kind is followed instead", (await HealthAsync()).Entries["informers"].Description, StringComparison.Ordinal);

        missing["gadgets"] = true;
        api.EndWatches(null);
        await time.AdvanceUntilAsync(() => api.CountOf("watch widgets") == 1, Step);
    }

    [Fact]
    public async Task A_kind_that_somebody_needs_is_not_optional()
    {
        missing["widgets"] = true;
        await StartAsync(isOptional: true, services => services.AddInformer<Widget>());
        await time.AdvanceUntilAsync(() => api.CountOf("list widgets") > 1, Step);

        Assert.Equal(HealthStatus.Unhealthy, (await HealthAsync()).Status);
        Assert.False(host!.Services.GetRequiredService<IResourceCache<Widget>>().HasSynced);
    }

    private Task<HealthReport> HealthAsync() => host!.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    private async Task<ScriptedReconciler> StartAsync(bool isOptional, Action<IServiceCollection>? before = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["Provisioning:LeaderElection"] = "false";
        builder.Services.AddSingleton<IKubernetesClient>(api).AddSingleton<TimeProvider>(time).AddLogging();
        before?.Invoke(builder.Services);
        builder.Services.AddController<ScriptedReconciler>(controller => controller.For<Widget>(isOptional: isOptional));
        host = builder.Build();
        await host.StartAsync();
        return host.Services.GetRequiredService<ScriptedReconciler>();
    }
}
