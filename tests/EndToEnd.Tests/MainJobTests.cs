using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;
using Npgsql;

namespace EndToEnd.Tests;

/// <summary>What users see, with real kubectl: the product as a process between a control plane and a PostgreSQL.</summary>
public sealed class MainJobTests(Installation installation) : IClassFixture<Installation>
{
    private Kubectl Kubectl => installation.Kubectl;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_DataSource_is_refused_with_one_bullet_per_mistake()
    {
        var tenant = await installation.CreateTenantAsync("wrong");

        var error = await Kubectl.FailAsync(
            "apply -f -",
            $$"""
            apiVersion: k0rdent.mirantis.com/v1beta1
            kind: DataSource
            metadata: {name: wrong, namespace: {{tenant.Name}}}
            spec:
              type: postgresql
              endpoints: ["postgres://admin:hunter2@db:5432", "10.0.0.1:99999", "10.0.0.1:5432", "10.0.0.1:5432"]
              auth:
                username: {namespace: {{tenant.Name}}, name: auth-secret, key: username}
                password: {namespace: {{tenant.Name}}, key: password}
              certificateAuthority: {namespace: {{tenant.Name}}, name: db-ca-secret, key: ca.crt}
            """);

        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
        Assert.Equal(
            """
            The DataSource "wrong" is invalid:
            * spec.endpoints[0]: Invalid value: "<hidden>": must be host:port, without scheme, credentials or path
            * spec.endpoints[1]: Invalid value: "10.0.0.1:99999": port must be between 1 and 65535, inclusive
            * spec.endpoints[3]: Duplicate value: "10.0.0.1:5432"
            * spec.auth.password.name: Required value
            """,
            Refusal(error));
    }

    [Fact]
    public async Task A_cluster_goes_from_its_DataSource_to_its_HelmRelease_and_away_again()
    {
        var tenant = await installation.CreateTenantAsync("main-job");
        Assert.Equal("datasource.k0rdent.mirantis.com/db created", await tenant.ApplyDataSourceAsync("db"));
        await tenant.ApplyClusterDeploymentAsync("one", "db");
        await tenant.ApplyClusterDeploymentAsync("two", "db");
        await tenant.ReadyAsync("one");
        await tenant.ReadyAsync("two");

        var release = await tenant.HelmReleaseAsync("one", "{controlPlaneNumber: 3}");
        Assert.Equal("helmrelease.helm.toolkit.fluxcd.io/one created", await Kubectl.RunAsync("apply -f -", release));
        Assert.Equal(
            """{"controlPlaneNumber":3,"dataSource":{"caSecret":{"key":"ca.crt","name":"one-kine-ca"},"kineDataSourceSecretName":"one-kine"}}""",
            await tenant.GetAsync("helmrelease", "one", "{.spec.values}"));
        Assert.Equal("helmrelease.helm.toolkit.fluxcd.io/one unchanged", await Kubectl.RunAsync("apply -f -", release));

        var one = await tenant.DsnAsync("one-kine");
        var two = await tenant.DsnAsync("two-kine");
        await QueryAsync(one.Role.Value, one.Password.Reveal(), one.Database.Value, "CREATE TABLE kine (id serial PRIMARY KEY); INSERT INTO kine DEFAULT VALUES");
        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => QueryAsync(two.Role.Value, two.Password.Reveal(), one.Database.Value, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);

        var inUse = await Kubectl.FailAsync($"delete datasource db --namespace {tenant.Name}");
        Assert.Contains("one", inUse, StringComparison.Ordinal);
        Assert.Contains("two", inUse, StringComparison.Ordinal);

        await Kubectl.RunAsync($"delete clusterdeployment one --namespace {tenant.Name}");
        await tenant.GoneAsync("clusterdatasource", "one");
        await tenant.GoneAsync("secret", "one-kine");
        Assert.Equal(0L, await installation.Postgres.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{one.Role}'", Token));
        Assert.Equal(1L, await installation.Postgres.QueryAsync<long>(one.Database.Value, "SELECT count(*) FROM public.kine", Token));
        Assert.DoesNotContain(one.Password.Reveal(), installation.Webhook.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(installation.Postgres.Admin.Password, installation.Webhook.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_is_not_stored_before_its_database_is_ready()
    {
        var tenant = await installation.CreateTenantAsync("too-early");
        await Kubectl.RunAsync("apply -f -", tenant.DataSource("nowhere", "127.0.0.1:1", tenant.Name));
        await tenant.ApplyClusterDeploymentAsync("early", "nowhere");

        var error = await Kubectl.FailAsync("apply -f -", await tenant.HelmReleaseAsync("early", "{controlPlaneNumber: 3}"));

        Assert.Contains("ClusterDataSource", error, StringComparison.Ordinal);
        Assert.Contains("NotFound", (await Kubectl.TryAsync($"get helmrelease early --namespace {tenant.Name}")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenant_cannot_have_a_Secret_sent_that_it_may_not_read()
    {
        var victim = await installation.CreateTenantAsync("victim");
        var attacker = await installation.CreateTenantAsync("attacker");
        await Kubectl.RunAsync($"create role editor --namespace {attacker.Name} --verb=* --resource=datasources.k0rdent.mirantis.com,secrets");
        await Kubectl.RunAsync($"create rolebinding editor --namespace {attacker.Name} --role=editor --user=mallory");
        using var mallory = new Kubectl(await installation.ControlPlane.CreateUserAsync("mallory", [], Token));

        var error = await mallory.FailAsync("create -f -", attacker.DataSource("stolen", "10.1.2.3:5432", victim.Name));
        var missing = await mallory.FailAsync("create -f -", attacker.DataSource("stolen", "10.1.2.3:5432", "nobody-has-this"));

        Assert.Equal(
            """
            The DataSource "stolen" is invalid:
            * spec.auth.username: Forbidden: user "mallory" cannot get Secret victim/auth-secret
            * spec.auth.password: Forbidden: user "mallory" cannot get Secret victim/auth-secret
            * spec.certificateAuthority: Forbidden: user "mallory" cannot get Secret victim/db-ca-secret
            """,
            Refusal(error));
        Assert.Equal(Refusal(error).Replace("victim/", "nobody-has-this/", StringComparison.Ordinal), Refusal(missing));
        Assert.Equal(
            "datasource.k0rdent.mirantis.com/own created", await mallory.RunAsync("create -f -", attacker.DataSource("own", "10.1.2.3:5432", attacker.Name)));
    }

    [Fact]
    public async Task Only_the_controller_says_which_Secret_a_cluster_gets()
    {
        var tenant = await installation.CreateTenantAsync("status");
        await tenant.ApplyDataSourceAsync("db");
        await tenant.ApplyClusterDeploymentAsync("target", "db");
        await tenant.ReadyAsync("target");
        await Kubectl.RunAsync("create clusterrolebinding eve --clusterrole=cluster-admin --user=eve");
        using var eve = new Kubectl(await installation.ControlPlane.CreateUserAsync("eve", [], Token));

        var stored = await eve.RunAsync($"get clusterdatasource target --namespace {tenant.Name} --output json");
        var error = await eve.FailAsync(
            $"replace --raw /apis/k0rdent.mirantis.com/v1beta1/namespaces/{tenant.Name}/clusterdatasources/target/status --filename -",
            stored.Replace("\"target-kine\"", "\"other\"", StringComparison.Ordinal));

        Assert.Contains("status", error, StringComparison.Ordinal);
        Assert.Equal("target-kine", await tenant.GetAsync("clusterdatasource", "target", "{.status.kineDataSourceSecret}"));
    }

    /// <summary>The refusal as kubectl prints it, without warnings and without the space that it writes behind the colon.</summary>
    private static string Refusal(string error) => string.Join(
        '\n', error.Split('\n').Where(line => !line.StartsWith("Warning:", StringComparison.Ordinal)).Select(line => line.TrimEnd()));

    private async Task QueryAsync(string role, string password, string database, string sql) =>
        await installation.Postgres.ExecuteAsync(new TestPostgres.TestRole(role, password), database, sql, Token);
}
