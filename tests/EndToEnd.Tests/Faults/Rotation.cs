using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Npgsql;
using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace EndToEnd.Tests.Faults;

/// <summary>
/// The password of a cluster that runs is replaced: the second role gets its login, the Secrets name it, and once nobody uses it any more the first
/// role's password goes.
/// </summary>
internal sealed class Rotation(KillWorld world) : Scenario(world)
{
    private readonly ConcurrentDictionary<KilledCluster, KineDsn> formerly = new();

    public override int LeastFaultPoints => 20;

    /// <summary>A former login is looked at every second: it goes at the second look.</summary>
    public override IReadOnlyList<(string Key, string Value)> Settings => [("Provisioning:RetireGracePeriod", "00:00:00.5")];

    public override Task<IReadOnlyList<KilledCluster>> PrepareAsync(int count) => CreateRunningAsync(count);

    public override async Task BeginAsync(KilledCluster cluster)
    {
        formerly[cluster] = await cluster.Tenant.DsnAsync($"{Name}-kine");
        await cluster.Tenant.PatchAsync<ClusterDataSource>(Name, new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [AnnotationNames.Rotate] = "once" } },
        });
    }

    /// <summary>Both Secrets log in; so does the former password, unless the status has named the new one for so long that it may be gone.</summary>
    public override async Task AssertAlwaysAsync(KilledCluster cluster)
    {
        await ReadyCluster.AssertCanStartAsync(cluster);
        if (await cluster.Tenant.FindAsync<Secret>($"{Name}-kine-next") is not null
            || !(await cluster.Tenant.EventReasonsAsync(Name)).Contains(Reasons.CredentialsRotated, StringComparer.Ordinal))
        {
            Assert.Equal(1L, await cluster.Tenant.QueryAsync(formerly[cluster], "SELECT count(*) FROM kine", database: null));
        }
    }

    public override async Task AssertEndAsync(KilledCluster cluster)
    {
        var names = KineNames.Of(await cluster.FindAsync());
        await cluster.Tenant.WaitAsync(Name, found => found.Status?.KineDataSourceSecret?.StartsWith($"{Name}-kine-", StringComparison.Ordinal) == true);
        await cluster.Tenant.WaitUntilGoneAsync<Secret>($"{Name}-kine-next");
        await cluster.WaitForEventAsync(Reasons.FormerCredentialsRetired);

        await ReadyCluster.AssertAsync(cluster, [names.SecondRole, names.Role], $"{Name}-kine", $"{Name}-kine-HASH", $"{Name}-kine-ca");
        var current = await cluster.Tenant.DsnAsync($"{Name}-kine");
        Assert.Equal((names.Role, names.SecondRole), (formerly[cluster].Role, current.Role));
        Assert.True(current.Reveal() == (await cluster.Tenant.DsnAsync((await cluster.FindAsync()).Status!.KineDataSourceSecret!)).Reveal(), "The two Secrets differ.");
        Assert.Equal(1L, await cluster.Tenant.QueryAsync(Name, "SELECT count(*) FROM kine"));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => cluster.Tenant.QueryAsync(formerly[cluster], "SELECT 1", database: null));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
        Assert.Contains(Reasons.CredentialsRotated, await cluster.Tenant.EventReasonsAsync(Name));
    }
}
