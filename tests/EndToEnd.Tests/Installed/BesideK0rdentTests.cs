using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;
using Provisioning.Postgres;
using TestPostgres;

namespace EndToEnd.Tests.Installed;

/// <summary>The main job with the definitions that k0rdent, Flux and k0smotron bring, which know no field and no column of ours.</summary>
public sealed class BesideK0rdentTests(BesideK0rdent installation) : IClassFixture<BesideK0rdent>
{
    private const string K0smotronClusters = "clusters.k0smotron.io";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private Kubectl Kubectl => installation.Kubectl;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_goes_from_its_DataSource_to_its_HelmRelease_and_away_again()
    {
        var tenant = await CreateTenantAsync("upstream-main-job");
        Assert.Equal("datasource.k0rdent.mirantis.com/db created", await tenant.ApplyDataSourceAsync("db"));
        await tenant.ApplyClusterDeploymentAsync("one", "db");
        await tenant.ReadyAsync("one");

        // All that kcm waits for before it goes on, and nothing that its definition would prune.
        Assert.Equal("1", await tenant.GetAsync("clds", "one", "{.metadata.generation}"));
        Assert.Equal(
            """{"caSecret":"one-kine-ca","kineDataSourceSecret":"one-kine","observedGeneration":1,"ready":true}""", await tenant.GetAsync("clds", "one", "{.status}"));
        var release = await tenant.HelmReleaseAsync("one", "{controlPlaneNumber: 3}");
        Assert.Equal("helmrelease.helm.toolkit.fluxcd.io/one created", await Kubectl.RunAsync("apply -f -", release));
        Assert.Equal(
            """{"controlPlaneNumber":3,"dataSource":{"caSecret":{"key":"ca.crt","name":"one-kine-ca"},"kineDataSourceSecretName":"one-kine"}}""",
            await tenant.GetAsync("helmrelease", "one", "{.spec.values}"));
        Assert.Equal("helmrelease.helm.toolkit.fluxcd.io/one unchanged", await Kubectl.RunAsync("apply -f -", release));
        var dsn = await StartKineAsync(tenant, "one-kine");

        Assert.Contains("one", await Kubectl.FailAsync($"delete datasource db --namespace {tenant.Name}"), StringComparison.Ordinal);
        await Kubectl.RunAsync($"delete helmrelease one --namespace {tenant.Name}");
        await Kubectl.RunAsync($"delete clusterdeployment one --namespace {tenant.Name}");
        await tenant.GoneAsync("clusterdatasource", "one");
        await tenant.GoneAsync("secret", "one-kine");
        Assert.Equal(1L, await installation.Postgres.QueryAsync<long>(dsn.Database.Value, "SELECT count(*) FROM pg_class WHERE relname = 'kine'", Token));
        await Kubectl.RunAsync($"delete datasource db --namespace {tenant.Name}");
    }

    [Fact]
    public async Task Short_names_and_columns_are_those_of_upstream()
    {
        var tenant = await CreateTenantAsync("upstream-columns");
        await tenant.ApplyDataSourceAsync("db");
        await tenant.ApplyClusterDeploymentAsync("one", "db");
        await tenant.ReadyAsync("one");
        await Kubectl.RunAsync("apply -f -", await tenant.HelmReleaseAsync("one", "{}"));
        var schema = await tenant.GetAsync("clds", "one", "{.spec.schema}");

        Assert.Equal("NAME AGE", await TableAsync(tenant, "datasources", 0));
        Assert.Equal("NAME DATASOURCE SCHEMA READY AGE", await TableAsync(tenant, "clds", 0));
        Assert.StartsWith($"one db {schema} true ", await TableAsync(tenant, "clds", 1), StringComparison.Ordinal);
        Assert.Equal("NAME DATASOURCE SCHEMA READY ERROR AGE", await TableAsync(tenant, "clds --output wide", 0));
        Assert.StartsWith("NAME READY SERVICES TEMPLATE MESSAGES AGE", await TableAsync(tenant, "cld", 0), StringComparison.Ordinal);
        Assert.Equal(await TableAsync(tenant, "cld", 0), await TableAsync(tenant, "clusterd", 0));
        Assert.Equal("NAME AGE READY STATUS", await TableAsync(tenant, "hr", 0));
    }

    [Fact]
    public async Task Refuses_what_upstreams_definitions_let_through()
    {
        var tenant = await CreateTenantAsync("upstream-refusals");
        var wrong = tenant.DataSource("wrong", "10.0.0.1:99999", tenant.Name).Replace("name: auth-secret, key: password", "key: password", StringComparison.Ordinal);

        AssertBullets(await Kubectl.FailAsync("apply -f -", wrong), "spec.endpoints[0]: Invalid value: \"10.0.0.1:99999\"", "spec.auth.password.name: Required value");

        await Kubectl.RunAsync($"create role editor --namespace {tenant.Name} --verb=* --resource=datasources.k0rdent.mirantis.com");
        await Kubectl.RunAsync($"create rolebinding editor --namespace {tenant.Name} --role=editor --user=mallory");
        using var mallory = new Kubectl(await installation.ControlPlane.CreateUserAsync("mallory", [], Token));
        AssertBullets(
            await mallory.FailAsync("create -f -", tenant.DataSource("stolen", "10.1.2.3:5432", tenant.Name)),
            $"spec.auth.username: Forbidden: user \"mallory\" cannot get Secret {tenant.Name}/auth-secret");

        await tenant.ApplyDataSourceAsync("db");
        await tenant.ApplyClusterDeploymentAsync("one", "db");
        await tenant.ReadyAsync("one");
        var removed = await Kubectl.FailAsync($$$"""patch clusterdeployment one --namespace {{{tenant.Name}}} --type=merge --patch={"spec":{"dataSource":null}}""");
        Assert.Contains("is invalid: spec.dataSource: ", removed, StringComparison.Ordinal);
        await Kubectl.RunAsync("apply -f -", tenant.DataSource("nowhere", "127.0.0.1:1", tenant.Name));
        await tenant.ApplyClusterDeploymentAsync("early", "nowhere");
        Assert.Contains("ClusterDataSource", await Kubectl.FailAsync("apply -f -", await tenant.HelmReleaseAsync("early", "{}")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_upstream_calls_immutable_is_immutable()
    {
        var tenant = await CreateTenantAsync("upstream-immutable");
        await tenant.ApplyDataSourceAsync("db");
        await tenant.ApplyClusterDeploymentAsync("one", "db");
        await tenant.ReadyAsync("one");

        Assert.Contains("create a new object", await Kubectl.FailAsync("apply -f -", tenant.DataSource("db", "10.1.2.3:5432", tenant.Name)), StringComparison.Ordinal);
        Assert.Contains(
            "schema", await Kubectl.FailAsync($$$"""patch clds one --namespace {{{tenant.Name}}} --type=merge --patch={"spec":{"schema":"other"}}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vclusters_release_keeps_what_is_injected()
    {
        var tenant = await CreateTenantAsync("upstream-vcluster");
        await tenant.ApplyDataSourceAsync("vkp");

        await Kubectl.RunAsync("apply -f -", await SampleAsync("vcluster/helmrelease.yaml", tenant));

        Assert.Equal(
            """[{"kind":"Secret","literal":true,"name":"my-vcluster-kine","targetPath":"controlPlane.backingStore.database.external.dataSource","valuesKey":"K0SMOTRON_KINE_DATASOURCE_URL"}]""",
            await tenant.GetAsync("helmrelease", "my-vcluster", "{.spec.valuesFrom}"));
        await tenant.ReadyAsync("my-vcluster", Patience);
    }

    [Fact]
    public async Task A_k0smotron_Cluster_keeps_what_is_injected()
    {
        var tenant = await CreateTenantAsync("upstream-k0smotron");
        // A folder of k0rdent's and Flux's definitions need not have k0smotron's: it runs where K0RDENT_CRDS names one that has.
        Assert.SkipUnless(UpstreamDefinitions.Has(K0smotronClusters), $"Not run: upstream's definitions on this machine lack {K0smotronClusters}.");
        await tenant.ApplyDataSourceAsync("acid-minimal-cluster");

        await Kubectl.RunAsync("apply -f -", await SampleAsync("k0smotron/cluster.yaml", tenant));

        Assert.Equal("""{"dataSourceSecretName":"k0smotron-test-kine"}""", await tenant.GetAsync(K0smotronClusters, "k0smotron-test", "{.spec.storage.kine}"));
        Assert.Equal("kine", await tenant.GetAsync(K0smotronClusters, "k0smotron-test", "{.spec.storage.type}"));
        Assert.Equal(
            """[{"path":"/var/lib/k0s/kine-ca","secret":{"defaultMode":420,"items":[{"key":"ca.crt","path":"ca.crt"}],"secretName":"k0smotron-test-kine-ca"}}]""",
            await tenant.GetAsync(K0smotronClusters, "k0smotron-test", "{.spec.mounts}"));
        await tenant.ReadyAsync("k0smotron-test", Patience);
        await StartKineAsync(tenant, "k0smotron-test-kine");
        await Eventually.TrueAsync(
            async () => (await tenant.GetAsync("kmc", "k0smotron-test", @"{.metadata.annotations.k0rdent\.mirantis\.com/data-source-schema}")).Length > 0,
            Patience,
            () => installation.Controller.Log,
            Token);
        await Kubectl.RunAsync($"delete kmc k0smotron-test --namespace {tenant.Name}");
        await tenant.GoneAsync("clusterdatasource", "k0smotron-test");
    }

    /// <summary>A namespace that the controller is configured for. Skips the test where this machine has no definitions of upstream's.</summary>
    private async Task<Tenant> CreateTenantAsync(string name)
    {
        // They are not ours to keep, so a fresh clone has none.
        Assert.SkipWhen(UpstreamDefinitions.Folder is null, $"Not run: {UpstreamDefinitions.Missing}.");
        var tenant = await installation.CreateTenantAsync(name);
        await installation.GrantSecretsAsync(name);
        return tenant;
    }

    /// <summary>What kine does first, with the connection string of a cluster.</summary>
    private async Task<KineDsn> StartKineAsync(Tenant tenant, string secret)
    {
        var dsn = await tenant.DsnAsync(secret);
        await installation.Postgres.ExecuteAsync(new TestRole(dsn.Role.Value, dsn.Password.Reveal()), dsn.Database.Value, "CREATE TABLE kine (id serial PRIMARY KEY)", Token);
        return dsn;
    }

    /// <summary>A line of what <c>kubectl get</c> prints, with one space between its columns.</summary>
    private async Task<string> TableAsync(Tenant tenant, string arguments, int line) =>
        string.Join(' ', (await Kubectl.RunAsync($"get {arguments} --namespace {tenant.Name}")).Split('\n')[line].Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static async Task<string> SampleAsync(string file, Tenant tenant) =>
        (await File.ReadAllTextAsync(Repository.Path($"manifests/samples/{file}"), Token)).Replace("namespace: kcm-system", $"namespace: {tenant.Name}", StringComparison.Ordinal);

    private static void AssertBullets(string error, params string[] bullets) =>
        Assert.All(bullets, bullet => Assert.Contains($"* {bullet}", error, StringComparison.Ordinal));
}
