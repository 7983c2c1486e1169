using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using EndToEnd.Tests.Provisioning;
using Microsoft.Extensions.DependencyInjection;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Reconciliation;

namespace EndToEnd.Tests.Faults;

/// <summary>The Lease is lost while a cluster's database is being made: whoever lost it takes no further step, wherever it stands.</summary>
[Collection(nameof(ProvisioningWorld))]
public sealed class LeadershipTests(ProvisioningWorld world)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_leader_that_loses_its_Lease_in_the_middle_takes_no_further_step_and_the_next_one_finishes()
    {
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        (string, string)[] settings = [("Provisioning:LeaseNamespace", tenant.Name), ("Provisioning:LeaseName", "alive")];
        using var first = new Gate();
        await using var former = await world.StartControllerAsync(services => services.AddSingleton<IFaultPoints>(first), settings, Token);
        await tenant.CreateClusterDataSourceAsync("berlin");
        await TenantNamespace.PollAsync(() => Task.FromResult(first.IsReached), () => "nothing was begun");

        // It stands before its first statement, with the database's lock. Somebody else has the Lease now, and gives it up at once.
        await using var next = await world.StartControllerAsync(Token, settings);
        await world.Client.PatchAsync<Lease>(
            new NamespacedName(tenant.Name, "alive"),
            Patch.Merge(new JsonObject { ["spec"] = new JsonObject { ["holderIdentity"] = "nobody", ["leaseDurationSeconds"] = 1 } }),
            WriteOptions.Default,
            Token);
        await TenantNamespace.PollAsync(() => Task.FromResult(Says(former, 3021) && Says(next, 3020)), () => "the Lease did not move");
        first.Open();

        await tenant.WaitUntilReadyAsync("berlin");
        Assert.Equal(1, first.Count);
        Assert.DoesNotContain(former.Logs, line => line.Contains(" 4000 ", StringComparison.Ordinal));
        Assert.Contains(next.Logs, line => line.Contains(" 4000 created database ", StringComparison.Ordinal));
        Assert.Equal("1", await tenant.QueryAsync("berlin", "SELECT '1'"));
    }

    private static bool Says(RunningController controller, int eventId) =>
        controller.Logs.Any(line => line.Contains($" {eventId} ", StringComparison.Ordinal));

    /// <summary>Stops whoever is about to change something, until it is opened.</summary>
    private sealed class Gate : IFaultPoints, IDisposable
    {
        private readonly ManualResetEventSlim open = new();
        private readonly ConcurrentQueue<string> reached = new();

        public bool IsReached => !reached.IsEmpty;

        public int Count => reached.Count;

        public void Open() => open.Set();

        public void Reach(string effect)
        {
            reached.Enqueue(effect);
            open.Wait(TimeSpan.FromMinutes(1));
        }

        public void Dispose() => open.Dispose();
    }
}
