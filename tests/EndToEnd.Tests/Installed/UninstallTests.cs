using EndToEnd.ConformanceTests;
using TestPostgres;

namespace EndToEnd.Tests.Installed;

/// <summary>The commands of docs/uninstall.md take the software away and nothing that a cluster lives on.</summary>
public sealed class UninstallTests(TwoRoles installation) : IClassFixture<TwoRoles>
{
    private const string Page = "docs/uninstall.md";

    private Kubectl Kubectl => installation.Kubectl;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leaves_the_database_the_Secrets_and_the_cluster_alone_and_no_webhook_that_blocks_anybody()
    {
        await InstalledKubectl.RequireAsync(21, "kustomize components");
        var tenant = await installation.CreateTenantAsync(TwoRoles.SecretNamespace);
        await tenant.ApplyDataSourceAsync("db");
        await tenant.ApplyClusterDeploymentAsync("one", "db");
        await tenant.ReadyAsync("one");
        await Kubectl.RunAsync("apply -f -", await tenant.HelmReleaseAsync("one", "{controlPlaneNumber: 3}"));
        var dsn = await tenant.DsnAsync("one-kine");
        var role = new TestRole(dsn.Role.Value, dsn.Password.Reveal());
        await installation.Postgres.ExecuteAsync(role, dsn.Database.Value, "CREATE TABLE kine (id serial PRIMARY KEY)", Token);
        await CertManagerKinds.InstallAsync(Kubectl, Token);

        foreach (var command in await CommandsAsync("## Remove the software"))
        {
            await Kubectl.RunAsync(command);
        }

        Assert.Equal("", await Kubectl.RunAsync("get validatingwebhookconfigurations,mutatingwebhookconfigurations,clusterroles,clusterrolebindings --output name -l app.kubernetes.io/name=k0rdent-datasource"));
        Assert.Equal("", await Kubectl.RunAsync("get rolebindings --all-namespaces --output name -l app.kubernetes.io/name=k0rdent-datasource"));

        // The cluster's own things, and its way into its database.
        Assert.Equal("one-kine", await tenant.GetAsync("helmrelease", "one", "{.spec.values.dataSource.kineDataSourceSecretName}"));
        Assert.Equal("true", await tenant.GetAsync("clds", "one", "{.status.ready}"));
        Assert.Equal(dsn.Password.Reveal(), (await tenant.DsnAsync("one-kine")).Password.Reveal());
        Assert.Equal("db-ca-secret one-kine-ca", string.Join(' ', (await Kubectl.RunAsync($"get secret db-ca-secret one-kine-ca --namespace {tenant.Name} --output jsonpath={{.items[*].metadata.name}}")).Split(' ')));
        await installation.Postgres.ExecuteAsync(role, dsn.Database.Value, "INSERT INTO kine DEFAULT VALUES", Token);

        // Nobody asks anybody any more: what the webhook would have refused goes through at once.
        await Kubectl.RunAsync("apply -f -", tenant.DataSource("unchecked", "10.0.0.1:99999", tenant.Name));
        await Kubectl.RunAsync($"delete datasource unchecked --namespace {tenant.Name}");
        await Kubectl.RunAsync($"label clusterdeployment one --namespace {tenant.Name} still=writable");

        // A cluster that is deleted later.
        await Kubectl.RunAsync($"delete helmrelease one --namespace {tenant.Name}");
        await Kubectl.RunAsync($"delete clusterdeployment one --namespace {tenant.Name} --wait=false");
        foreach (var command in await CommandsAsync("## Clusters that are deleted later"))
        {
            await Kubectl.RunAsync(command.Replace("<cluster>", "one", StringComparison.Ordinal).Replace("<namespace>", tenant.Name, StringComparison.Ordinal));
        }

        await tenant.GoneAsync("clusterdatasource", "one");
        await tenant.GoneAsync("secret", "one-kine");
        Assert.Equal(1L, await installation.Postgres.QueryAsync<long>(dsn.Database.Value, "SELECT count(*) FROM public.kine", Token));
    }

    /// <summary>The kubectl lines of a section's code block, without the program's name and with this repository's folders.</summary>
    private static async Task<IReadOnlyList<string>> CommandsAsync(string heading)
    {
        var lines = (await File.ReadAllLinesAsync(Repository.Path(Page), Token)).SkipWhile(line => line != heading).SkipWhile(line => line != "```").Skip(1).TakeWhile(line => line != "```");
        var commands = lines.Select(line => line["kubectl ".Length..].Replace(" manifests/", $" {Repository.Path("manifests")}/", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(commands);
        return commands;
    }
}
