using System.Text.RegularExpressions;
using Provisioning.ClusterDataSources;
using Provisioning.Resources;

namespace EndToEnd.Tests.Faults;

/// <summary>What must be true of a cluster that is ready, whatever happened to the controller before.</summary>
internal static partial class ReadyCluster
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Waits until it is ready; then: one database, one role, their marks, and the password of both Secrets logs in.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="secrets">The Secrets of ours that may be there, with HASH for a hash.</param>
    public static async Task AssertAsync(KilledCluster cluster, params string[] secrets)
    {
        var stored = await cluster.Tenant.WaitAsync(
            Scenario.Name,
            found => found is { Status: { Ready: true, Error: null or "" } status } && status.ObservedGeneration == found.Metadata.Generation
                && status.KineDataSourceSecret is { Length: > 0 });
        var names = KineNames.Of(stored);
        Assert.Equal((names.Role.Value, names.Database.Value), await cluster.ReadNamesAsync());
        Assert.Contains(ClusterDataSource.Finalizer, stored.Metadata.Finalizers!, StringComparer.Ordinal);
        Assert.Equal($"{Scenario.Name}-kine-ca", stored.Status!.CaSecret);
        foreach (var secret in new[] { stored.Status.KineDataSourceSecret!, $"{Scenario.Name}-kine" })
        {
            var dsn = await cluster.Tenant.DsnAsync(secret);
            Assert.Equal(cluster.Server.Port, Assert.Single(dsn.Endpoints).Port);
            Assert.Equal(dsn.Role.Value, await cluster.Tenant.QueryAsync(dsn, "SELECT current_user::text", database: null));
        }

        Assert.Equal(
            $"{names.Mark.Text}|{names.Mark.Text}",
            await cluster.Server.QueryAsync<string>(
                $"SELECT shobj_description(d.oid, 'pg_database') || '|' || shobj_description(r.oid, 'pg_authid') FROM pg_database d, pg_roles r WHERE d.datname = '{names.Database}' AND r.rolname = '{names.Role}'",
                Token));
        string[] expected = ["auth-secret", "db-ca-secret", .. secrets];
        var found = await cluster.Tenant.ListAsync<Secret>();
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Select(name => Hashes().Replace(name, "-HASH")).Order(StringComparer.Ordinal));
    }

    /// <summary>Both Secrets that control planes may start with log in, wherever they point.</summary>
    public static async Task AssertCanStartAsync(KilledCluster cluster)
    {
        var status = (await cluster.FindAsync()).Status!;
        foreach (var secret in new[] { status.KineDataSourceSecret!, $"{Scenario.Name}-kine" })
        {
            Assert.Equal(1L, await cluster.Tenant.QueryAsync(await cluster.Tenant.DsnAsync(secret), "SELECT count(*) FROM kine", database: null));
        }
    }

    [GeneratedRegex("-[0-9a-f]{10}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Hashes();
}
