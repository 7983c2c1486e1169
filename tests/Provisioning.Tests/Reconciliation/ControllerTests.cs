using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Tests.Kubernetes;

namespace Provisioning.Tests.Reconciliation;

public sealed class ControllerTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);
    private readonly ManualTimeProvider time = new();
    private readonly FakeApi api = new();
    private readonly List<IHost> hosts = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            var stopping = host.StopAsync();
            await time.AdvanceUntilAsync(() => stopping.IsCompleted, TimeSpan.FromSeconds(1));
            await stopping;
            host.Dispose();
        }
    }

    [Fact]
    public async Task Reconciles_what_exists_and_what_changes()
    {
        api.Put(Widget.Named("a"));
        var reconciler = await StartAsync();
        await time.AdvanceUntilAsync(() => reconciler.Runs == 1, Step);
        api.Put(Widget.Named("b"));
        await ManualTimeProvider.UntilAsync(() => reconciler.Runs == 2);
        api.Remove<Widget>(new NamespacedName("ns", "a"));
        await ManualTimeProvider.UntilAsync(() => reconciler.Runs == 3);

        Assert.Equal(["ns/a", "ns/b", "ns/a"], reconciler.Keys.Select(key => key.ToString()));
    }

    [Fact]
    public async Task Maps_changes_of_other_kinds_by_what_they_were_and_what_they_are()
    {
        var reconciler = await StartAsync(controller => controller
            .For<Widget>()
            .Watches<Gadget>((_, gadget) => gadget.Widget is null ? [] : [new NamespacedName("ns", gadget.Widget)]));
        await time.AdvanceUntilAsync(() => api.OpenWatches == 2, Step);
        api.Put(new Gadget { Metadata = new ObjectMeta { Name = "g", Namespace = "ns" }, Widget = "a" });
        await ManualTimeProvider.UntilAsync(() => reconciler.Runs == 1);
        api.Put(new Gadget { Metadata = new ObjectMeta { Name = "g", Namespace = "ns" }, Widget = "b" });
        await ManualTimeProvider.UntilAsync(() => reconciler.Runs == 3);

        Assert.Equal(["a", "a", "b"], reconciler.Keys.Select(key => key.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Skips_changes_that_do_not_count()
    {
        var reconciler = await StartAsync(controller => controller.For<Widget>(change => change.Old?.Spec != change.New?.Spec));
        await time.AdvanceUntilAsync(() => api.OpenWatches == 1, Step);
        api.Put(Widget.Named("a", color: "red"));
        await ManualTimeProvider.UntilAsync(() => reconciler.Runs == 1);
        api.Put(Widget.Named("a", color: "red"));
        api.Put(Widget.Named("b", color: "red"));
        await ManualTimeProvider.UntilAsync(() => reconciler.Runs == 2);

        Assert.Equal(["a", "b"], reconciler.Keys.Select(key => key.Name));
    }

    [Fact]
    public async Task Begins_only_when_all_its_informers_have_synced()
    {
        var down = true;
        api.Before = (call, _) => call == "list gadgets" && down ? throw new HttpRequestException("down") : Task.CompletedTask;
        api.Put(Widget.Named("a"));
        var reconciler = await StartAsync(controller => controller.For<Widget>().Watches<Gadget>((_, _) => []));
        await time.AdvanceUntilAsync(() => api.CountOf("list gadgets") == 4, Step);

        Assert.Equal(0, reconciler.Runs);
        var report = await hosts[0].Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Equal("gadgets.example.com: not listed: down", report.Entries["informers"].Description);

        down = false;
        await time.AdvanceUntilAsync(() => reconciler.Runs == 1, Step);
        report = await hosts[0].Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, report.Status);
    }

    [Fact]
    public async Task Looks_at_every_object_within_two_resync_periods()
    {
        for (var index = 0; index < 50; index++)
        {
            api.Put(Widget.Named($"w{index}"));
        }

        var reconciler = await StartAsync(settings: ("Provisioning:ResyncPeriod", "00:01:00"));
        await time.AdvanceUntilAsync(() => reconciler.Runs == 50, Step);
        await time.AdvanceUntilAsync(() => reconciler.Runs == 100, Step);

        Assert.Equal(50, reconciler.Keys.Skip(50).Distinct().Count());
    }

    [Fact]
    public async Task Only_one_of_two_processes_works_and_the_other_takes_everything_over()
    {
        for (var index = 0; index < 20; index++)
        {
            api.Put(Widget.Named($"w{index}"));
        }

        var firstApi = api.AsSeenBy();
        var first = await StartAsync(client: firstApi, election: true, settings: ("Provisioning:ResyncPeriod", "1.00:00:00"));
        await time.AdvanceUntilAsync(() => first.Runs == 20, Step);
        var secondApi = api.AsSeenBy();
        var second = await StartAsync(client: secondApi, election: true, settings: ("Provisioning:ResyncPeriod", "1.00:00:00"));
        await time.AdvanceUntilAsync(() => secondApi.CountOf("get leases") > 3, Step);
        Assert.Equal(0, second.Runs);

        // The leader is in the middle of its work when it loses the API server.
        first.Wait = true;
        api.Put(Widget.Named("w0", color: "red"));
        await ManualTimeProvider.UntilAsync(() => first.Runs == 21);
        firstApi.Before = (_, _) => throw new HttpRequestException("no route");
        await time.AdvanceUntilAsync(() => first.Finished == 21, Step);
        Assert.Equal(0, second.Runs);
        await time.AdvanceUntilAsync(() => second.Runs == 20, Step);

        Assert.Equal(20, second.Keys.Distinct().Count());
        Assert.Equal(21, first.Runs);
    }

    [Fact]
    public async Task A_running_reconcile_may_finish_at_shutdown_and_the_Lease_is_free_afterwards()
    {
        api.Put(Widget.Named("a"));
        var finish = new TaskCompletionSource();
        var began = new TaskCompletionSource();
        var reconciler = await StartAsync(election: true);
        reconciler.Script = _ =>
        {
            began.TrySetResult();
            finish.Task.Wait(TimeSpan.FromSeconds(30));
            return ReconcileResult.Done;
        };
        await time.AdvanceUntilAsync(() => began.Task.IsCompleted, Step);

        var stopping = hosts[0].StopAsync();
        Assert.Equal(0, reconciler.Finished);
        finish.SetResult();
        await stopping;

        Assert.Equal(1, reconciler.Finished);
        var lease = await api.GetAsync<Lease>(new NamespacedName("default", "k0rdent-datasource-controller"), default);
        Assert.Null(lease.Spec?.HolderIdentity);
    }

    [Fact]
    public async Task Counts_what_it_does()
    {
        var measured = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Count(instrument, 1, tags));
        api.Put(Widget.Named("good"));
        api.Put(Widget.Named("bad"));
        api.Put(Widget.Named("hopeless"));
        var reconciler = await StartAsync(
            script: key => key.Name switch
            {
                "bad" => throw new InvalidOperationException(),
                "hopeless" => throw new TerminalException("no"),
                _ => ReconcileResult.Done,
            },
            listener: listener);
        await time.AdvanceUntilAsync(() => reconciler.Finished == 3, TimeSpan.Zero);
        await ManualTimeProvider.UntilAsync(() => measured.GetValueOrDefault("provisioning.reconcile.duration|Scripted") == 3);
        listener.RecordObservableInstruments();

        Assert.Equal(1, measured["provisioning.reconciles|Scripted|success"]);
        Assert.Equal(1, measured["provisioning.reconciles|Scripted|error"]);
        Assert.Equal(1, measured["provisioning.reconciles|Scripted|terminal"]);
        Assert.Equal(3, measured["provisioning.queue.latency|Scripted"]);
        Assert.Equal(0, measured["provisioning.queue.depth|Scripted"]);
        Assert.Equal(1, measured["provisioning.leader"]);
        Assert.Equal(1, measured["provisioning.informer.lists|widgets.example.com|success"]);
        Assert.Equal(3, measured["provisioning.informer.objects|widgets.example.com"]);
        Assert.Equal(1, measured["provisioning.informer.synced|widgets.example.com"]);

        void Count(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = instrument.Name;
            foreach (var tag in tags)
            {
                key += "|" + tag.Value;
            }

            measured.AddOrUpdate(key, value, (_, sum) => instrument.IsObservable ? value : sum + value);
        }
    }

    private async Task<ScriptedReconciler> StartAsync(
        Action<ControllerBuilder<ScriptedReconciler>>? configure = null, FakeApi? client = null, bool election = false,
        Func<NamespacedName, ReconcileResult>? script = null, MeterListener? listener = null, params (string Key, string Value)[] settings)
    {
        var host = Build(client ?? api, configure, listener, [("Provisioning:LeaderElection", election.ToString()), .. settings]);
        hosts.Add(host);
        var reconciler = host.Services.GetRequiredService<ScriptedReconciler>();
        reconciler.Script = script ?? reconciler.Script;
        await host.StartAsync();
        return reconciler;
    }

    private IHost Build(
        FakeApi client,
        Action<ControllerBuilder<ScriptedReconciler>>? configure,
        MeterListener? listener,
        params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<IKubernetesClient>(client);
        builder.Services.AddController(configure ?? (controller => controller.For<Widget>()));
        var host = builder.Build();
        if (listener is not null)
        {
            var scope = host.Services.GetRequiredService<IMeterFactory>();
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == ReconciliationMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, scope))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            };
            listener.Start();
        }

        return host;
    }
}
