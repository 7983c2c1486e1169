using System.Text.RegularExpressions;
using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace EndToEnd.Tests.Faults;

/// <summary>What must be true of a cluster that is ready, whatever happened to the controller before.</summary>
internal static partial class ReadyCluster
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Waits until it is ready; then: one database, one role, their marks, and the password of both Secrets logs in.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="secrets">The Secrets of ours that may be there, with HASH for a hash.</param>
    public static async Task AssertAsync(KilledCluster cluster, params string[] secrets) =>
        await AssertAsync(cluster, [KineNames.Of(await cluster.FindAsync()).Role], secrets);

    /// <summary>The same of a cluster with these roles, in the order of their names.</summary>
    public static async Task AssertAsync(KilledCluster cluster, IReadOnlyList<PostgresIdentifier> roles, params string[] secrets)
    {
        var stored = await cluster.Tenant.WaitAsync(
            Scenario.Name,
            found => found is { Status: { Ready: true, Error: null or "" } status } && status.ObservedGeneration == found.Metadata.Generation
                && status.KineDataSourceSecret is { Length: > 0 });
        var names = KineNames.Of(stored);
        Assert.Equal((string.Join(',', roles), names.Database.Value), await cluster.ReadNamesAsync());
        Assert.Contains(ClusterDataSource.Finalizer, stored.Metadata.Finalizers!, StringComparer.Ordinal);
        Assert.Equal($"{Scenario.Name}-kine-ca", stored.Status!.CaSecret);
        foreach (var secret in new[] { stored.Status.KineDataSourceSecret!, $"{Scenario.Name}-kine" })
        {
            var dsn = await cluster.Tenant.DsnAsync(secret);
            Assert.Equal(cluster.Server.Port, Assert.Single(dsn.Endpoints).Port);
            Assert.Equal(dsn.Role.Value, await cluster.Tenant.QueryAsync(dsn, "SELECT session_user::text", database: null));
        }

        Assert.Equal(
            names.Mark.Text,
            await cluster.Server.QueryAsync<string>($"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{names.Database}'", Token));
        foreach (var role in roles)
        {
            Assert.Equal(
                names.Mark.Text,
                await cluster.Server.QueryAsync<string>($"SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = '{role}'", Token));
        }

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
