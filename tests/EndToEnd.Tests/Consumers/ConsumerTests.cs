using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Consumers;

/// <summary>Everything that gets a database without a ClusterDeployment, with the samples that users start from.</summary>
public sealed class ConsumerTests(Installation installation) : IClassFixture<Installation>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private Kubectl Kubectl => installation.Kubectl;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_HelmRelease_gets_a_database_and_follows_it_to_another_server()
    {
        var tenant = await installation.CreateTenantAsync("flux");
        await tenant.ApplyDataSourceAsync("example-postgresql");
        var sample = Sample("helmrelease.yaml", tenant);

        Assert.Equal("helmrelease.helm.toolkit.fluxcd.io/team-a created", await Kubectl.RunAsync("apply -f -", sample));
        Assert.Equal(
            """{"caSecret":{"key":"ca.crt","name":"team-a-kine-ca"},"kineDataSourceSecretName":"team-a-kine"}""",
            await tenant.GetAsync("helmrelease", "team-a", "{.spec.values.dataSource}"));
        await tenant.ReadyAsync("team-a");
        await RanAsync(tenant, "helmrelease", "team-a");
        Assert.Equal("helmrelease.helm.toolkit.fluxcd.io/team-a unchanged", await Kubectl.RunAsync("apply -f -", sample));
        Assert.Equal("example-postgresql", await tenant.GetAsync("clds", "team-a", "{.spec.dataSource}"));

        // The same server under another name: another DSN, another Secret, and nobody touches the release's values.
        await Kubectl.RunAsync("apply -f -", tenant.DataSource("moved", $"localhost:{installation.Postgres.Port}", tenant.Name));
        await Kubectl.RunAsync("apply -f -", sample.Replace("data-source: example-postgresql", "data-source: moved", StringComparison.Ordinal));
        await Eventually.TrueAsync(
            async () => (await tenant.GetAsync("helmrelease", "team-a", "{.spec.values.dataSource.kineDataSourceSecretName}")).StartsWith("team-a-kine-", StringComparison.Ordinal),
            Patience,
            () => installation.Webhook.Log,
            Token);
        Assert.Equal(
            await tenant.GetAsync("clds", "team-a", "{.status.kineDataSourceSecret}"),
            await tenant.GetAsync("helmrelease", "team-a", "{.spec.values.dataSource.kineDataSourceSecretName}"));

        var kept = await Kubectl.FailAsync($"annotate helmrelease team-a --namespace {tenant.Name} k0rdent.mirantis.com/data-source-");
        Assert.Contains("cannot be removed", kept, StringComparison.Ordinal);
        await AssertGoesAsync(tenant, "helmrelease", "team-a");
    }

    [Fact]
    public async Task A_k0smotron_Cluster_gets_a_database_with_the_Secrets_of_the_Zalando_operator()
    {
        var tenant = await installation.CreateTenantAsync("k0smotron-test");
        await ApplyServerAsync(tenant, "k0smotron/datasource.yaml", "k0smotron.acid-minimal-cluster.credentials.postgresql.acid.zalan.do", "username");

        await Kubectl.RunAsync("apply -f -", Sample("k0smotron/cluster.yaml", tenant));

        Assert.Equal("kine", await tenant.GetAsync("clusters.k0smotron.io", "k0smotron-test", "{.spec.storage.type}"));
        Assert.Equal("k0smotron-test-kine", await tenant.GetAsync("clusters.k0smotron.io", "k0smotron-test", "{.spec.storage.kine.dataSourceSecretName}"));
        Assert.Equal(
            """[{"path":"/var/lib/k0s/kine-ca","secret":{"defaultMode":420,"items":[{"key":"ca.crt","path":"ca.crt"}],"secretName":"k0smotron-test-kine-ca"}}]""",
            await tenant.GetAsync("clusters.k0smotron.io", "k0smotron-test", "{.spec.mounts}"));
        await tenant.ReadyAsync("k0smotron-test");
        await RanAsync(tenant, "clusters.k0smotron.io", "k0smotron-test");
        var dsn = await tenant.DsnAsync("k0smotron-test-kine");
        await installation.Postgres.ExecuteAsync(
            new TestPostgres.TestRole(dsn.Role.Value, dsn.Password.Reveal()), dsn.Database.Value, "CREATE TABLE kine (id serial PRIMARY KEY)", Token);

        var kept = await Kubectl.FailAsync($"annotate clusters.k0smotron.io k0smotron-test --namespace {tenant.Name} k0rdent.mirantis.com/data-source-");
        Assert.Contains("cannot be removed", kept, StringComparison.Ordinal);
        await AssertGoesAsync(tenant, "clusters.k0smotron.io", "k0smotron-test");
        Assert.Equal(1L, await installation.Postgres.QueryAsync<long>($"SELECT count(*) FROM pg_database WHERE datname = '{dsn.Database}'", Token));
    }

    [Fact]
    public async Task A_vcluster_gets_a_database_with_the_Secrets_of_CrunchyData_and_no_DSN_stands_in_its_release()
    {
        var tenant = await installation.CreateTenantAsync("vkp-system");
        await ApplyServerAsync(tenant, "vcluster/datasource.yaml", "vkp-pguser-k0rdent", "user");

        await Kubectl.RunAsync("apply -f -", Sample("vcluster/helmrelease.yaml", tenant));

        Assert.Equal("my-vcluster-kine", await tenant.GetAsync("helmrelease", "my-vcluster", "{.spec.valuesFrom[?(@.kind==\"Secret\")].name}"));
        Assert.Equal(
            "controlPlane.backingStore.database.external.dataSource",
            await tenant.GetAsync("helmrelease", "my-vcluster", "{.spec.valuesFrom[?(@.kind==\"Secret\")].targetPath}"));
        Assert.Equal("true", await tenant.GetAsync("helmrelease", "my-vcluster", "{.spec.values.controlPlane.backingStore.database.external.enabled}"));
        Assert.Equal(
            """[{"mountPath":"/var/lib/k0s/kine-ca","name":"kine-ca","readOnly":true}]""",
            await tenant.GetAsync("helmrelease", "my-vcluster", "{.spec.values.controlPlane.statefulSet.persistence.addVolumeMounts}"));
        await tenant.ReadyAsync("my-vcluster");
        await RanAsync(tenant, "helmrelease", "my-vcluster");
        Assert.DoesNotContain("postgres://", await Kubectl.RunAsync($"get helmrelease my-vcluster --namespace {tenant.Name} --output yaml"), StringComparison.Ordinal);
        await AssertGoesAsync(tenant, "helmrelease", "my-vcluster");
    }

    [Fact]
    public async Task What_exists_already_is_not_moved_to_an_empty_database()
    {
        var tenant = await installation.CreateTenantAsync("existing");
        await tenant.ApplyDataSourceAsync("example-postgresql");
        var plain = Sample("helmrelease.yaml", tenant).Replace("k0rdent.mirantis.com/data-source: example-postgresql", "nothing: asked", StringComparison.Ordinal);
        await Kubectl.RunAsync("apply -f -", plain);

        var error = await Kubectl.FailAsync($"annotate helmrelease team-a --namespace {tenant.Name} k0rdent.mirantis.com/data-source=example-postgresql");

        Assert.Contains("cannot be added to an existing object", error, StringComparison.Ordinal);
        Assert.Equal("", await tenant.GetAsync("helmrelease", "team-a", "{.spec.values.dataSource}"));
    }

    /// <summary>A sample, in the test's namespace.</summary>
    private static string Sample(string file, Tenant tenant) => File.ReadAllText(Repository.Path($"manifests/samples/{file}"))
        .Replace("namespace: kcm-system", $"namespace: {tenant.Name}", StringComparison.Ordinal);

    /// <summary>A sample's DataSource, for the server of this test; the operator's Secret is made as that operator makes it.</summary>
    private async Task ApplyServerAsync(Tenant tenant, string file, string secret, string userKey)
    {
        var admin = installation.Postgres.Admin;
        await Kubectl.RunAsync(
            "apply -f -",
            $$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: {{secret}}, namespace: {{tenant.Name}}}
            stringData: { {{userKey}}: {{admin.Name}}, password: {{admin.Password}}, dbname: kine }
            """);
        var endpoint = File.ReadLines(Repository.Path($"manifests/samples/{file}")).Single(line => line.TrimStart().StartsWith("- ", StringComparison.Ordinal)).Trim()[2..];
        await Kubectl.RunAsync("apply -f -", Sample(file, tenant).Replace(endpoint, $"127.0.0.1:{installation.Postgres.Port}", StringComparison.Ordinal));
    }

    /// <summary>Waits until the controller has noted on the object that its database was ready.</summary>
    private Task RanAsync(Tenant tenant, string kind, string name) => Eventually.TrueAsync(
        async () => (await tenant.GetAsync(kind, name, "{.metadata.annotations.k0rdent\\.mirantis\\.com/data-source-schema}")).Length > 0,
        Patience,
        () => installation.Webhook.Log,
        Token);

    private async Task AssertGoesAsync(Tenant tenant, string kind, string name)
    {
        await Kubectl.RunAsync($"delete {kind} {name} --namespace {tenant.Name}");
        await tenant.GoneAsync("clusterdatasource", name);
        await tenant.GoneAsync("secret", $"{name}-kine");
    }
}
