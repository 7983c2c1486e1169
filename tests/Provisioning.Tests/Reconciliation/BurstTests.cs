using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Tests.Kubernetes;

namespace Provisioning.Tests.Reconciliation;

/// <summary>Many changes of few objects are few looks: a queue that held changes instead of keys would show here, and so would one that nobody can see is full.</summary>
public sealed class BurstTests : IAsyncDisposable
{
    private const int Changes = 2000;
    private const int Objects = 10;
    private const int Workers = 4;

    private readonly ManualTimeProvider time = new();
    private readonly FakeApi api = new();
    private readonly ConcurrentQueue<double> latencies = [];
    private readonly ConcurrentDictionary<string, int> depths = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();
    private readonly IHost host;
    private readonly BusyReconciler reconciler;

    public BurstTests()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            [new("Provisioning:LeaderElection", "false"), new("Provisioning:Workers", Workers.ToString(CultureInfo.InvariantCulture))]);
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<IKubernetesClient>(api);
        builder.Services.AddController<BusyReconciler>(controller => controller.For<Widget>());
        host = builder.Build();
        reconciler = host.Services.GetRequiredService<BusyReconciler>();
        Listen(host.Services.GetRequiredService<IMeterFactory>());
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
        listener.Dispose();
    }

    [Fact]
    public async Task Two_thousand_changes_of_ten_objects_are_one_more_look_at_each_and_how_long_they_waited_is_measured()
    {
        for (var number = 0; number < Objects; number++)
        {
            api.Put(Widget.Named(Name(number)));
        }

        await host.StartAsync(TestContext.Current.CancellationToken);
        await time.AdvanceUntilAsync(() => reconciler.Runs == Workers, TimeSpan.Zero);

        // All workers are busy meanwhile.
        for (var change = 0; change < Changes; change++)
        {
            api.Put(Widget.Named(Name(change % Objects), color: change.ToString(CultureInfo.InvariantCulture)));
        }

        var cache = host.Services.GetRequiredService<IResourceCache<Widget>>();
        await ManualTimeProvider.UntilAsync(() => Enumerable.Range(0, Objects).All(number =>
            cache.Get(new NamespacedName("ns", Name(number)))?.Spec?.Color == (Changes - Objects + number).ToString(CultureInfo.InvariantCulture)));
        Assert.Equal(Objects, Depth());
        var wait = TimeSpan.FromSeconds(7);
        time.Advance(wait);
        reconciler.Finish();

        // Once more for what a worker had in hand, since it may have read what was there before; once for what waited.
        await ManualTimeProvider.UntilAsync(() => latencies.Count == Workers + Objects);
        await ManualTimeProvider.UntilAsync(() => reconciler.Finished == Workers + Objects);
        Assert.Equal(0, Depth());
        Assert.Equal(Workers + Objects, reconciler.Runs);
        Assert.Equal(Objects, latencies.Count(latency => latency >= wait.TotalSeconds));
        Assert.Equal(Workers, latencies.Count(latency => latency < 1));
    }

    [Fact]
    public async Task A_resync_comes_in_batches_and_not_one_by_one()
    {
        for (var number = 0; number < Objects * 5; number++)
        {
            api.Put(Widget.Named(Name(number)));
        }

        reconciler.Finish();
        await host.StartAsync(TestContext.Current.CancellationToken);
        await time.AdvanceUntilAsync(() => reconciler.Finished == Objects * 5, TimeSpan.Zero);
        reconciler.BeBusy();
        for (var number = 0; number < Workers; number++)
        {
            api.Put(Widget.Named(Name(number), color: "red"));
        }

        // All workers have something in hand, so what comes stays in the queue and can be counted.
        await ManualTimeProvider.UntilAsync(() => reconciler.Runs == (Objects * 5) + Workers);
        var timers = time.PendingTimers;
        time.Advance(new ReconciliationOptions().ResyncPeriod);
        await ManualTimeProvider.UntilAsync(() => time.PendingTimers == timers + 1);
        var half = TimeSpan.FromSeconds(0.5);
        for (var second = 0; second < new ReconciliationOptions().ResyncPeriod.TotalSeconds; second++)
        {
            var atTheSecond = Depth();
            time.Advance(half);
            Assert.Equal(atTheSecond, Depth());
            time.Advance(half);
        }

        Assert.Equal(Objects * 5, Depth());
        reconciler.Finish();
    }

    private int Depth()
    {
        listener.RecordObservableInstruments();
        return depths["provisioning.queue.depth"];
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"w{number}");

    private void Listen(IMeterFactory scope)
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == ReconciliationMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, scope))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => depths[instrument.Name] = value);
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            if (instrument.Name == "provisioning.queue.latency")
            {
                latencies.Enqueue(value);
            }
        });
        listener.Start();
    }

    /// <summary>Has its hands full until the test says otherwise.</summary>
    private sealed class BusyReconciler : IReconciler
    {
        private volatile TaskCompletionSource mayFinish = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int runs;
        private int finished;

        public int Runs => Volatile.Read(ref runs);

        public int Finished => Volatile.Read(ref finished);

        public void Finish() => mayFinish.SetResult();

        public void BeBusy() => mayFinish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref runs);
            await mayFinish.Task.WaitAsync(cancellationToken);
            Interlocked.Increment(ref finished);
            return ReconcileResult.Done;
        }
    }
}
