using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;

namespace Provisioning.Tests.Reconciliation;

/// <summary>A process with an elector and one piece of work that notices at once when it has to stop.</summary>
internal sealed class Candidate : IAsyncDisposable
{
    public static readonly NamespacedName LeaseKey = new("system", "lease");
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().AddSingleton<ReconciliationMetrics>().BuildServiceProvider();
    private readonly CancellationTokenSource stopping = new();
    private readonly LeaderElector elector;
    private Task work = Task.CompletedTask;
    private TaskCompletionSource? held;
    private volatile bool works;

    public Candidate(string name, FakeApi api, ManualTimeProvider time)
    {
        Name = name;
        Api = api;
        elector = new LeaderElector(
            new LeaseElection(api, LeaseKey, name, time),
            Leadership,
            time,
            services.GetRequiredService<ReconciliationMetrics>(),
            NullLogger<LeaderElector>.Instance);
    }

    public string Name { get; }

    public FakeApi Api { get; }

    public Leadership Leadership { get; } = new();

    public bool Works => works;

    public async Task StartAsync()
    {
        work = Leadership.WhileLeadingAsync(WorkAsync, stopping.Token);
        await elector.StartAsync(default);
    }

    public void CutOff() => Api.Before = (_, _) => throw new HttpRequestException("no route");

    public void Reconnect() => Api.Before = null;

    public void HoldWork() => held = new TaskCompletionSource();

    public void ReleaseWork() => held!.SetResult();

    public Task StopElectorAsync() => elector.StopAsync(default);

    public async ValueTask DisposeAsync()
    {
        held?.TrySetResult();
        Api.Before = (_, _) => throw new HttpRequestException("the test is over");
        await stopping.CancelAsync();
        await work;
        await elector.StopAsync(default);
        elector.Dispose();
        stopping.Dispose();
        await services.DisposeAsync();
    }

    private async Task WorkAsync(CancellationToken leading)
    {
        works = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(leading, stopping.Token);
        await using var ended = leading.Register(() => works = held is not null);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, either.Token);
        }
        catch (OperationCanceledException)
        {
            await (held?.Task ?? Task.CompletedTask);
            works = false;
        }
    }
}
