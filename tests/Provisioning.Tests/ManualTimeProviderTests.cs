namespace Provisioning.Tests;

public sealed class ManualTimeProviderTests
{
    [Fact]
    public async Task Fires_delays_in_the_order_in_which_they_are_due()
    {
        var time = new ManualTimeProvider();
        var fired = new List<(string Name, DateTimeOffset At)>();
        var start = time.GetUtcNow();
        await using var late = time.CreateTimer(_ => fired.Add(("late", time.GetUtcNow())), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        await using var periodic = time.CreateTimer(_ => fired.Add(("periodic", time.GetUtcNow())), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([("periodic", start.AddSeconds(2)), ("late", start.AddSeconds(3)), ("periodic", start.AddSeconds(4))], fired);
        Assert.Equal(start.AddSeconds(5), time.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(5), time.GetElapsedTime(0));
    }

    [Fact]
    public async Task Drives_task_delays_and_cancellation()
    {
        var time = new ManualTimeProvider();
        using var source = new CancellationTokenSource(TimeSpan.FromMinutes(1), time);
        var delay = Task.Delay(TimeSpan.FromSeconds(30), time, CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(30));
        await delay;
        Assert.False(source.IsCancellationRequested);

        time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(source.IsCancellationRequested);
        Assert.Equal(0, time.PendingTimers);
    }
}
