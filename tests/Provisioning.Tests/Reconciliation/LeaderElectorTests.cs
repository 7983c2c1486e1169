using System.Net;
using System.Text.Json.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;

namespace Provisioning.Tests.Reconciliation;

public sealed class LeaderElectorTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    private readonly ManualTimeProvider time = new();
    private readonly FakeApi api = new();
    private readonly List<Candidate> candidates = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var candidate in candidates)
        {
            await candidate.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_first_candidate_makes_the_Lease_and_keeps_it()
    {
        var first = await StartAsync("first");
        await time.AdvanceUntilAsync(() => first.Works, Step);
        var second = await StartAsync("second");

        for (var elapsed = 0; elapsed < 120; elapsed++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await SettleAsync();
            Assert.True(first.Works);
            Assert.False(second.Works);
        }

        var spec = await ReadAsync();
        Assert.Equal(("first", 15, 0), (spec.HolderIdentity, spec.LeaseDurationSeconds, spec.LeaseTransitions));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", spec.RenewTime);
        Assert.True(first.Api.CountOf("get leases") <= 2, "Renewing takes one request.");
    }

    [Fact]
    public async Task Another_takes_over_within_20_s_of_the_leader_s_sudden_end()
    {
        var first = await StartAsync("first");
        await time.AdvanceUntilAsync(() => first.Works, Step);
        var second = await StartAsync("second");
        await AdvanceAsync(TimeSpan.FromSeconds(10));

        first.CutOff();
        var died = time.GetUtcNow();
        await time.AdvanceUntilAsync(() => second.Works, Step);

        Assert.InRange((time.GetUtcNow() - died).TotalSeconds, 10, 20);
        Assert.Equal(1, (await ReadAsync()).LeaseTransitions);
    }

    [Fact]
    public async Task A_leader_that_cannot_renew_stops_before_another_may_start_and_follows_again()
    {
        var first = await StartAsync("first");
        await time.AdvanceUntilAsync(() => first.Works, Step);
        var second = await StartAsync("second");
        await AdvanceAsync(TimeSpan.FromSeconds(10));

        first.CutOff();
        await time.AdvanceUntilAsync(() => !first.Works, Step);
        var stopped = time.GetUtcNow();
        Assert.False(first.Leadership.IsLeader);
        Assert.False(second.Works);
        await time.AdvanceUntilAsync(() => second.Works, Step);
        Assert.True(time.GetUtcNow() - stopped >= TimeSpan.FromSeconds(3), "There is a margin between the two.");

        first.Reconnect();
        await AdvanceAsync(TimeSpan.FromSeconds(60));
        Assert.False(first.Works);
        second.CutOff();
        await time.AdvanceUntilAsync(() => first.Works, Step);
        Assert.False(second.Works);
    }

    [Fact]
    public async Task Requests_that_hang_do_not_prolong_a_term()
    {
        var first = await StartAsync("first");
        await time.AdvanceUntilAsync(() => first.Works, Step);

        first.Api.Before = (_, cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        var since = time.GetUtcNow();
        await time.AdvanceUntilAsync(() => !first.Works, Step);

        Assert.InRange((time.GetUtcNow() - since).TotalSeconds, 7, 11);
    }

    [Fact]
    public async Task Short_failures_and_somebody_s_label_on_the_Lease_end_no_term()
    {
        var first = await StartAsync("first");
        await time.AdvanceUntilAsync(() => first.Works, Step);
        var count = 0;
        first.Api.Before = (_, _) => count++ % 3 != 0
            ? throw new KubernetesApiException(HttpStatusCode.ServiceUnavailable, "", "m")
            : Task.CompletedTask;

        for (var round = 0; round < 30; round++)
        {
            await api.PatchAsync<Lease>(
                Candidate.LeaseKey, Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["round"] = $"{round}" } } }), WriteOptions.Default, default);
            first.Api.Before = round % 2 == 0 ? null : (_, _) => throw new HttpRequestException("reset");
            await AdvanceAsync(TimeSpan.FromSeconds(3));
            Assert.True(first.Works);
        }

        Assert.Equal(0, (await ReadAsync()).LeaseTransitions);
    }

    [Fact]
    public async Task A_wall_clock_that_jumps_ends_no_term_and_starts_none()
    {
        var first = await StartAsync("first");
        await time.AdvanceUntilAsync(() => first.Works, Step);
        var second = await StartAsync("second");

        foreach (var jump in new[] { TimeSpan.FromHours(5), TimeSpan.FromHours(-10) })
        {
            time.JumpWallClock(jump);
            await AdvanceAsync(TimeSpan.FromSeconds(30));
            Assert.True(first.Works);
            Assert.False(second.Works);
        }
    }

    [Fact]
    public async Task A_graceful_end_frees_the_Lease_but_not_before_the_work_has_ended()
    {
        var first = await StartAsync("first");
        await time.AdvanceUntilAsync(() => first.Works, Step);
        var second = await StartAsync("second");
        await AdvanceAsync(TimeSpan.FromSeconds(4));
        first.HoldWork();

        var stopping = first.StopElectorAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(3));
        Assert.False(stopping.IsCompleted);
        Assert.False(second.Works);
        first.ReleaseWork();
        await stopping;
        var released = time.GetUtcNow();
        await time.AdvanceUntilAsync(() => second.Works, Step);

        Assert.InRange((time.GetUtcNow() - released).TotalSeconds, 0, 3);
        Assert.Equal("second", (await ReadAsync()).HolderIdentity);
    }

    [Fact]
    public async Task A_Lease_that_somebody_deletes_is_made_again()
    {
        var first = await StartAsync("first");
        await time.AdvanceUntilAsync(() => first.Works, Step);

        api.Remove<Lease>(Candidate.LeaseKey);
        await AdvanceAsync(TimeSpan.FromSeconds(30));

        Assert.True(first.Works);
        Assert.Equal("first", (await ReadAsync()).HolderIdentity);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Two_never_lead_at_once_whatever_the_network_does(int seed)
    {
        var random = new Random(seed);
        var all = new[] { await StartAsync("a"), await StartAsync("b"), await StartAsync("c") };
        var led = new HashSet<string>();

        // Until everybody has led at least once, or it proves nothing.
        for (var step = 0; step < 500 || led.Count < 3; step++)
        {
            Assert.True(step < 20_000, "Leadership does not move.");
            time.Advance(TimeSpan.FromMilliseconds(random.Next(50, 700)));
            await SettleAsync();
            var leaders = all.Where(candidate => candidate.Works).Select(candidate => candidate.Name).ToList();
            Assert.True(leaders.Count <= 1, string.Join(" and ", leaders));
            led.UnionWith(leaders);
            if (random.Next(25) == 0)
            {
                all[random.Next(3)].CutOff();
            }

            if (random.Next(25) == 0)
            {
                all[random.Next(3)].Reconnect();
            }
        }
    }

    private async Task<Candidate> StartAsync(string name)
    {
        var candidate = new Candidate(name, api.AsSeenBy(), time);
        candidates.Add(candidate);
        await candidate.StartAsync();
        return candidate;
    }

    private async Task AdvanceAsync(TimeSpan by)
    {
        for (var elapsed = TimeSpan.Zero; elapsed < by; elapsed += Step)
        {
            time.Advance(Step);
            await SettleAsync();
        }
    }

    // A candidate at rest waits on one timer, a leader on one more: its term's end. Seen a few times in a row, because a candidate that is
    // just asking has one timer too.
    private async Task SettleAsync()
    {
        for (var calm = 0; calm < 3;)
        {
            await Task.Run(() => { });
            calm = time.PendingTimers == candidates.Count + candidates.Count(candidate => candidate.Leadership.IsLeader) ? calm + 1 : 0;
        }
    }

    private async Task<LeaseSpec> ReadAsync() => (await api.GetAsync<Lease>(Candidate.LeaseKey, default)).Spec!;
}
