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

    [Fact]
    public void Each_beginning_is_another_term_and_none_ends_the_count()
    {
        var leadership = new Leadership();
        using var first = new CancellationTokenSource();
        Assert.Equal(0, leadership.Term);

        leadership.Begin(first.Token);
        first.Cancel();
        Assert.Equal(1, leadership.Term);

        leadership.Begin(CancellationToken.None);
        Assert.Equal(2, leadership.Term);
    }
}
