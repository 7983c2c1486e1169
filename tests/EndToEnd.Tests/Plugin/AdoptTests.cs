using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Plugin;

/// <summary><c>kubectl datasource adopt</c>, with real kubectl, a controller and a real PostgreSQL.</summary>
public sealed class AdoptTests : IClassFixture<Installation>, IDisposable
{
    private const string Schema = "plugin_adopt_berlin_1";

    private readonly Installation installation;
    private readonly PluginFolder plugins = new();
    private readonly Kubectl kubectl;

    public AdoptTests(Installation installation)
    {
        this.installation = installation;
        kubectl = plugins.Kubectl(installation.ControlPlane.AdminKubeconfigPath);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_without_a_mark_is_handed_over_once_somebody_said_yes()
    {
        var postgres = installation.Postgres;
        await postgres.ExecuteAsync(postgres.Admin, "postgres", $"CREATE DATABASE {Schema}", Token);
        await postgres.ExecuteAsync(postgres.Admin, Schema, "CREATE TABLE kine (id bigserial PRIMARY KEY, name text); INSERT INTO kine (name) VALUES ('kept')", Token);
        var tenant = await installation.CreateTenantAsync("plugin-adopt");
        await tenant.ApplyDataSourceAsync("main");
        await installation.Kubectl.RunAsync(
            "apply -f -",
            $$"""
            apiVersion: k0rdent.mirantis.com/v1beta1
            kind: ClusterDataSource
            metadata: {name: berlin, namespace: {{tenant.Name}}}
            spec: {dataSource: main, schema: {{Schema}}}
            """);
        await Eventually.TrueAsync(
            async () => (await tenant.GetAsync("clds", "berlin", "{.status.error}")).StartsWith("NameConflict", StringComparison.Ordinal),
            TimeSpan.FromMinutes(1),
            () => installation.Webhook.Log,
            Token);
        var call = $"datasource adopt berlin -n {tenant.Name} --allow-loopback";

        var unasked = await kubectl.TryAsync(call);

        var uid = await tenant.GetAsync("clds", "berlin", "{.metadata.uid}");
        Assert.Equal((3, $"COMMENT ON DATABASE \"{Schema}\" IS 'k0rdent ClusterDataSource {tenant.Name}/berlin uid {uid}';\n"), (unasked.ExitCode, unasked.Output));
        Assert.Null(await MarkAsync());

        var adopted = await kubectl.TryAsync($"{call} --yes");

        Assert.Equal((0, ""), (adopted.ExitCode, adopted.Error));
        Assert.Contains("✓ marked\n", adopted.Output, StringComparison.Ordinal);
        Assert.Contains("✓ the database is ready, and Secret berlin-kine has the login\n", adopted.Output, StringComparison.Ordinal);
        Assert.Equal("kept", await postgres.QueryAsync<string>(Schema, "SELECT name FROM kine", Token));
        Assert.Equal("Nothing of plugin-adopt/berlin lacks its mark.", await kubectl.RunAsync(call));

        await postgres.ExecuteAsync($"COMMENT ON DATABASE {Schema} IS 'somebody else'", Token);
        await postgres.ExecuteAsync($"COMMENT ON ROLE kine_{Schema} IS 'somebody else'", Token);
        var foreign = await kubectl.TryAsync($"{call} --yes");
        Assert.Equal((1, ""), (foreign.ExitCode, foreign.Output));
        Assert.Contains($"database {Schema} is marked 'somebody else'", foreign.Error, StringComparison.Ordinal);
        Assert.Equal("somebody else", await MarkAsync());
    }

    public void Dispose()
    {
        kubectl.Dispose();
        plugins.Dispose();
    }

    private Task<string?> MarkAsync() =>
        installation.Postgres.QueryAsync<string>($"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{Schema}'", Token);
}
