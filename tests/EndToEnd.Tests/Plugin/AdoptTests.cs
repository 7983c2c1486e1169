using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Plugin;

/// <summary><c>kubectl datasource adopt</c>, with real kubectl, a controller and a real PostgreSQL.</summary>
public sealed class AdoptTests(Installation installation) : PluginTests(installation)
{
    private const string Schema = "plugin_adopt_berlin_1";

    [Fact]
    public async Task A_database_without_a_mark_is_handed_over_once_somebody_said_yes()
    {
        var postgres = Installation.Postgres;
        await postgres.ExecuteAsync(postgres.Admin, "postgres", $"CREATE DATABASE {Schema}", Token);
        await postgres.ExecuteAsync(postgres.Admin, Schema, "CREATE TABLE kine (id bigserial PRIMARY KEY, name text); INSERT INTO kine (name) VALUES ('kept')", Token);
        var tenant = await CreateInConflictAsync("plugin-adopt", Schema);
        var call = $"datasource adopt berlin -n {tenant.Name} --allow-loopback";

        var unasked = await Kubectl.TryAsync(call);

        var uid = await tenant.GetAsync("clds", "berlin", "{.metadata.uid}");
        Assert.Equal((3, $"COMMENT ON DATABASE \"{Schema}\" IS 'k0rdent ClusterDataSource {tenant.Name}/berlin uid {uid}';\n"), (unasked.ExitCode, unasked.Output));
        Assert.Null(await MarkAsync());

        var adopted = await Kubectl.TryAsync($"{call} --yes");

        Assert.Equal((0, ""), (adopted.ExitCode, adopted.Error));
        Assert.Contains("✓ marked\n", adopted.Output, StringComparison.Ordinal);
        Assert.Contains("✓ the database is ready, and Secret berlin-kine has the login\n", adopted.Output, StringComparison.Ordinal);
        Assert.Equal("kept", await postgres.QueryAsync<string>(Schema, "SELECT name FROM kine", Token));
        Assert.Equal("Nothing of plugin-adopt/berlin lacks its mark.", await Kubectl.RunAsync(call));

        await postgres.ExecuteAsync($"COMMENT ON DATABASE {Schema} IS 'somebody else'", Token);
        await postgres.ExecuteAsync($"COMMENT ON ROLE kine_{Schema} IS 'somebody else'", Token);
        var foreign = await Kubectl.TryAsync($"{call} --yes");
        Assert.Equal((1, ""), (foreign.ExitCode, foreign.Output));
        Assert.Contains($"database {Schema} is marked 'somebody else'", foreign.Error, StringComparison.Ordinal);
        Assert.Equal("somebody else", await MarkAsync());
    }

    [Fact]
    public async Task A_role_without_a_mark_is_handed_over_with_its_database()
    {
        const string Made = "plugin_adopt_role_berlin_1";
        var postgres = Installation.Postgres;
        await postgres.ExecuteAsync(postgres.Admin, "postgres", $"CREATE ROLE kine_{Made} LOGIN", Token);
        var tenant = await CreateInConflictAsync("plugin-adopt-role", Made);

        var adopted = await Kubectl.TryAsync($"datasource adopt berlin -n {tenant.Name} --allow-loopback --yes");

        var uid = await tenant.GetAsync("clds", "berlin", "{.metadata.uid}");
        var mark = $"k0rdent ClusterDataSource {tenant.Name}/berlin uid {uid}";
        Assert.Equal((0, ""), (adopted.ExitCode, adopted.Error));
        Assert.StartsWith($"COMMENT ON ROLE \"kine_{Made}\" IS '{mark}';\n✓ marked\n", adopted.Output, StringComparison.Ordinal);
        Assert.Equal(mark, await postgres.QueryAsync<string>($"SELECT shobj_description(oid, 'pg_authid') FROM pg_authid WHERE rolname = 'kine_{Made}'", Token));
        Assert.Equal($"kine_{Made}", (await tenant.DsnAsync("berlin-kine")).Role.Value);
    }

    /// <summary>A namespace with a ClusterDataSource <c>berlin</c> whose names on the server are somebody's already.</summary>
    private async Task<Tenant> CreateInConflictAsync(string name, string schema)
    {
        var tenant = await Installation.CreateTenantAsync(name);
        await tenant.ApplyDataSourceAsync("main");
        await Installation.Kubectl.RunAsync(
            "apply -f -",
            $$"""
            apiVersion: k0rdent.mirantis.com/v1beta1
            kind: ClusterDataSource
            metadata: {name: berlin, namespace: {{name}}}
            spec: {dataSource: main, schema: {{schema}}}
            """);
        await Eventually.TrueAsync(
            async () => (await tenant.GetAsync("clds", "berlin", "{.status.error}")).StartsWith("NameConflict", StringComparison.Ordinal),
            TimeSpan.FromMinutes(1),
            () => Installation.Webhook.Log,
            Token);
        return tenant;
    }

    private Task<string?> MarkAsync() =>
        Installation.Postgres.QueryAsync<string>($"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{Schema}'", Token);
}
