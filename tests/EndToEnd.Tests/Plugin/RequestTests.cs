using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;
using TestPostgres;

namespace EndToEnd.Tests.Plugin;

/// <summary><c>kubectl datasource rotate</c>, <c>move</c> and <c>release</c>, with real kubectl, a controller and real PostgreSQL servers.</summary>
public sealed class RequestTests(Installation installation) : PluginTests(installation)
{
    [Fact]
    public async Task Rotate_replaces_the_password_and_ends_when_the_HelmRelease_names_the_new_Secret()
    {
        var cluster = await PluginCluster.CreateAsync(Installation, "plugin-rotate");
        var before = await cluster.Tenant.DsnAsync("berlin-kine");

        var rotated = await cluster.RunWithKcmAsync(Kubectl, $"datasource rotate berlin -n {cluster.Tenant.Name}");

        var secret = await cluster.SecretAsync();
        Assert.Equal((0, ""), (rotated.ExitCode, rotated.Error));
        Assert.StartsWith("✓ asked for\n", rotated.Output, StringComparison.Ordinal);
        Assert.Contains($"✓ the database is ready, and Secret {secret} has the login\n", rotated.Output, StringComparison.Ordinal);
        Assert.Contains($"✓ HelmRelease {cluster.Tenant.Name}/berlin names Secret {secret}\n", rotated.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', rotated.Output);
        Assert.NotEqual("berlin-kine", secret);
        var after = await cluster.Tenant.DsnAsync(secret);
        Assert.NotEqual(before.Password.Reveal(), after.Password.Reveal());
        Assert.DoesNotContain(after.Password.Reveal(), rotated.Output, StringComparison.Ordinal);

        var nobody = await Kubectl.TryAsync($"datasource rotate nobody -n {cluster.Tenant.Name}");
        Assert.Equal(1, nobody.ExitCode);
        Assert.Contains("\"nobody\" not found", nobody.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Move_refuses_a_server_without_the_database_and_follows_to_one_that_has_it_once_somebody_said_yes()
    {
        var cluster = await PluginCluster.CreateAsync(Installation, "plugin-move");
        var tenant = cluster.Tenant;
        await using var empty = await TestPostgresServer.StartAsync(
            new TestPostgresOptions { CertificateAuthority = Installation.Postgres.CertificateAuthority }, Token);
        await using var copy = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = Installation.Postgres }, Token);
        await copy.CatchUpAsync(Installation.Postgres, Token);
        await copy.PromoteAsync(Token);
        await Installation.Kubectl.RunAsync("create namespace plugin-move-empty");
        await new Tenant(Installation.Kubectl, empty, () => Installation.Webhook.Log, "plugin-move-empty").CreateSecretsAsync();
        await Installation.Kubectl.RunAsync("apply -f -", tenant.DataSource("empty", $"127.0.0.1:{empty.Port}", "plugin-move-empty"));
        await Installation.Kubectl.RunAsync("apply -f -", tenant.DataSource("copy", $"127.0.0.1:{copy.Port}", tenant.Name));
        var call = $"datasource move berlin -n {tenant.Name} --allow-loopback --to";

        var missing = await Kubectl.TryAsync($"{call} empty --yes");
        var unknown = await Kubectl.TryAsync($"{call} nowhere --yes");
        var unasked = await Kubectl.TryAsync($"{call} copy");

        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("Nothing was changed: DatabaseMissing: ", missing.Error, StringComparison.Ordinal);
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("Nothing was changed: DataSourceNotFound: ", unknown.Error, StringComparison.Ordinal);
        Assert.Equal(3, unasked.ExitCode);
        Assert.Contains("goes from DataSource main to copy\n", unasked.Output, StringComparison.Ordinal);
        Assert.Contains("--yes", unasked.Error, StringComparison.Ordinal);
        Assert.Equal("main", await tenant.GetAsync("clusterdeployment", "berlin", "{.spec.dataSource}"));
        Assert.Equal(0L, await empty.QueryAsync<long>("SELECT count(*) FROM pg_database WHERE datname LIKE 'plugin%'", Token));

        var moved = await cluster.RunWithKcmAsync(Kubectl, $"{call} copy --yes");

        var secret = await cluster.SecretAsync();
        Assert.Equal((0, ""), (moved.ExitCode, moved.Error));
        Assert.EndsWith($"✓ HelmRelease {tenant.Name}/berlin names Secret {secret}\n", moved.Output, StringComparison.Ordinal);
        Assert.Equal("copy", await tenant.GetAsync("clusterdatasource", "berlin", "{.spec.dataSource}"));
        Assert.Equal(copy.Port, (await tenant.DsnAsync(secret)).Endpoints[0].Port);
    }

    [Fact]
    public async Task Move_changes_a_consumer_s_annotation()
    {
        var tenant = await Installation.CreateTenantAsync("plugin-move-consumer");
        await tenant.ApplyDataSourceAsync("main");
        await Installation.Kubectl.RunAsync("apply -f -", tenant.DataSource("renamed", $"localhost:{Installation.Postgres.Port}", tenant.Name));
        await Installation.Kubectl.RunAsync(
            "apply -f -",
            $$"""
            apiVersion: helm.toolkit.fluxcd.io/v2
            kind: HelmRelease
            metadata: {name: team-a, namespace: {{tenant.Name}}, annotations: {k0rdent.mirantis.com/data-source: main} }
            spec: {interval: 10m, chartRef: {kind: OCIRepository, name: hosted-control-plane} }
            """);
        await tenant.ReadyAsync("team-a");

        var moved = await Kubectl.TryAsync($"datasource move team-a --to renamed -n {tenant.Name} --allow-loopback --yes");

        Assert.Equal((0, ""), (moved.ExitCode, moved.Error));
        var secret = await tenant.GetAsync("clds", "team-a", "{.status.kineDataSourceSecret}");
        Assert.EndsWith($"✓ HelmRelease {tenant.Name}/team-a names Secret {secret}\n", moved.Output, StringComparison.Ordinal);
        Assert.Equal("renamed", await tenant.GetAsync("helmrelease", "team-a", @"{.metadata.annotations.k0rdent\.mirantis\.com/data-source}"));
        Assert.Equal("renamed", await tenant.GetAsync("clds", "team-a", "{.spec.dataSource}"));
        Assert.Equal(secret, await tenant.GetAsync("helmrelease", "team-a", "{.spec.values.dataSource.kineDataSourceSecretName}"));
        Assert.Equal("localhost", (await tenant.DsnAsync(secret)).Endpoints[0].Host);
        Assert.DoesNotContain('\u001b', moved.Output);
    }

    [Fact]
    public async Task Release_lets_a_stuck_deletion_go_after_asking_and_says_what_was_left_behind()
    {
        await using var server = await TestPostgresServer.StartAsync(
            new TestPostgresOptions { CertificateAuthority = Installation.Postgres.CertificateAuthority }, Token);
        await Installation.Kubectl.RunAsync("create namespace plugin-release");
        var tenant = new Tenant(Installation.Kubectl, server, () => Installation.Webhook.Log, "plugin-release");
        await tenant.CreateSecretsAsync();
        await tenant.ApplyDataSourceAsync("main");
        await tenant.ApplyClusterDeploymentAsync("berlin", "main");
        await tenant.ReadyAsync("berlin");
        await server.KillAsync();

        var early = await Kubectl.TryAsync($"datasource release berlin -n {tenant.Name} --yes");
        await Installation.Kubectl.RunAsync($"delete clusterdeployment berlin --namespace {tenant.Name}");
        await Eventually.TrueAsync(
            async () => (await tenant.GetAsync("clds", "berlin", "{.metadata.deletionTimestamp}")).Length > 0,
            TimeSpan.FromMinutes(1),
            () => Installation.Webhook.Log,
            Token);
        var unasked = await Kubectl.TryAsync($"datasource release berlin -n {tenant.Name}");
        var declined = await Pseudoterminal.RunAsync($"kubectl datasource release berlin -n {tenant.Name}", Variables(), "n\n");

        Assert.Equal(1, early.ExitCode);
        Assert.Contains("is not being deleted", early.Error, StringComparison.Ordinal);
        Assert.Equal(3, unasked.ExitCode);
        Assert.Contains("stays on the server of DataSource main with its password", unasked.Output, StringComparison.Ordinal);
        Assert.Contains("Release plugin-release/berlin? [y/N]", declined, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", declined, StringComparison.Ordinal);
        Assert.Equal("", await tenant.GetAsync("clds", "berlin", @"{.metadata.annotations.k0rdent\.mirantis\.com/release}"));

        var released = await Pseudoterminal.RunAsync($"kubectl datasource release berlin -n {tenant.Name}", Variables(), "y\n");

        Assert.Contains("ClusterDataSource plugin-release/berlin is gone", released, StringComparison.Ordinal);
        Assert.Contains("LeftBehind: ", released, StringComparison.Ordinal);
        Assert.Contains("\u001b[?25l", released, StringComparison.Ordinal);
        await tenant.GoneAsync("clusterdatasource", "berlin");
    }
}
