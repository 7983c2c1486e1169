using Provisioning.Reconciliation;

namespace Provisioning.Tests.Reconciliation;

public sealed class LeadershipTests
{
    [Fact]
    public async Task Without_an_election_this_process_always_leads()
    {
        var leadership = new Leadership();
        using var stop = new CancellationTokenSource();
        var began = new TaskCompletionSource();
        var work = leadership.WhileLeadingAsync(
            async _ =>
            {
                began.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, stop.Token);
            },
            stop.Token);
        Assert.False(leadership.IsLeader);

        leadership.Begin(CancellationToken.None);
        await began.Task;
        Assert.True(leadership.IsLeader);
        await stop.CancelAsync();
        await work;
        await leadership.WhenIdleAsync();
    }
}
