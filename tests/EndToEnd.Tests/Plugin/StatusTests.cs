using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;
using TestPostgres;

namespace EndToEnd.Tests.Plugin;

/// <summary><c>kubectl datasource status</c>, with real kubectl and a real PostgreSQL.</summary>
public sealed partial class StatusTests(Installation installation) : PluginTests(installation)
{
    [Fact]
    public async Task A_healthy_chain_is_shown_with_the_figures_of_its_database()
    {
        var tenant = await CreateClusterAsync("status-healthy");
        var dsn = await tenant.DsnAsync("berlin-kine");
        var server = $"127.0.0.1:{Installation.Postgres.Port}";

        var shown = await Kubectl.TryAsync($"datasource status berlin --namespace {tenant.Name} --allow-loopback");
        var figures = await FiguresAsync(tenant);

        Assert.Equal((0, ""), (shown.ExitCode, shown.Error));
        Assert.Equal(
            $"""
            berlin in {tenant.Name}
            ├── ✓ ClusterDeployment berlin: names DataSource main
            ├── ✓ ClusterDataSource berlin: ready
            ├── ✓ DataSource main: {server}
            ├── ✓ Secret berlin-kine: role {dsn.Role} at {server}
            ├── ✓ Secret berlin-kine-ca: the CA
            ├── ✓ PostgreSQL {server}: version {figures["version"]}, database {dsn.Database}
            │   ├── size: *
            │   ├── connections: 0 of 100
            │   └── kine's last revision: 3
            └── ✓ HelmRelease berlin: names Secret berlin-kine

            """,
            Size().Replace(shown.Output, "size: *"));
        Assert.InRange(figures["bytes"]!.GetValue<long>(), 1_000_000, 100_000_000);
        Assert.Equal(3, figures["lastRevision"]!.GetValue<long>());
        Assert.DoesNotContain(dsn.Password.Reveal(), shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Installation.Postgres.Admin.Password, shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_sessions_of_the_cluster_are_counted()
    {
        var tenant = await CreateClusterAsync("status-sessions");
        var dsn = await tenant.DsnAsync("berlin-kine");
        await using var first = await Installation.Postgres.OpenAsync(new TestRole(dsn.Role.Value, dsn.Password.Reveal()), dsn.Database.Value, Token);
        await using var second = await Installation.Postgres.OpenAsync(new TestRole(dsn.Role.Value, dsn.Password.Reveal()), dsn.Database.Value, Token);

        Assert.Equal(2, (await FiguresAsync(tenant))["connections"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_broken_chain_says_where_it_is_broken()
    {
        var tenant = await Installation.CreateTenantAsync("status-broken");
        await Installation.Kubectl.RunAsync("apply -f -", tenant.DataSource("nowhere", "127.0.0.1:1", tenant.Name));
        await tenant.ApplyClusterDeploymentAsync("berlin", "nowhere");
        await Eventually.TrueAsync(
            async () => (await Kubectl.TryAsync($"get clds berlin --namespace {tenant.Name}")).Output.Contains("berlin", StringComparison.Ordinal)
                && (await tenant.GetAsync("clds", "berlin", "{.status.error}")).StartsWith("ServerUnreachable", StringComparison.Ordinal),
            TimeSpan.FromMinutes(1),
            () => Installation.Webhook.Log,
            Token);

        var shown = await Kubectl.TryAsync($"datasource status -n {tenant.Name} --allow-loopback");

        Assert.Equal(1, shown.ExitCode);
        Assert.Contains("├── ✗ ClusterDataSource berlin: ServerUnreachable: ", shown.Output, StringComparison.Ordinal);
        Assert.Contains("├── ✓ DataSource nowhere: 127.0.0.1:1\n", shown.Output, StringComparison.Ordinal);
        Assert.Contains("├── ✗ PostgreSQL 127.0.0.1:1: ServerUnreachable: ", shown.Output, StringComparison.Ordinal);
        Assert.Contains("└── - HelmRelease berlin: none that names a database\n", shown.Output, StringComparison.Ordinal);

        var none = await Kubectl.TryAsync($"datasource status nobody -n {tenant.Name}");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("✗ ClusterDataSource nobody: does not exist", none.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_read_no_Secret_is_shown_the_rest_and_told_what_is_missing()
    {
        var tenant = await CreateClusterAsync("status-forbidden");
        await Installation.Kubectl.RunAsync(
            $"create role viewer --namespace {tenant.Name} --verb=get,list --resource=datasources.k0rdent.mirantis.com,clusterdatasources.k0rdent.mirantis.com,clusterdeployments.k0rdent.mirantis.com,helmreleases.helm.toolkit.fluxcd.io");
        await Installation.Kubectl.RunAsync($"create rolebinding viewer --namespace {tenant.Name} --role=viewer --user=vera");
        using var vera = Plugins.Kubectl(await Installation.ControlPlane.CreateUserAsync("vera", [], Token));

        var shown = await vera.TryAsync($"datasource status -n {tenant.Name} --allow-loopback");

        Assert.Equal(4, shown.ExitCode);
        Assert.Contains("├── ✓ ClusterDataSource berlin: ready\n", shown.Output, StringComparison.Ordinal);
        Assert.Contains("├── ? Secret berlin-kine: forbidden: ", shown.Output, StringComparison.Ordinal);
        Assert.Contains("├── ? PostgreSQL main: not asked, forbidden: ", shown.Output, StringComparison.Ordinal);
        Assert.Contains("└── ✓ HelmRelease berlin: names Secret berlin-kine\n", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_gets_colours_unless_somebody_minds()
    {
        var tenant = await Installation.CreateTenantAsync("status-colours");
        var call = $"kubectl datasource status nobody -n {tenant.Name}";

        Assert.Matches(Colour(), await Pseudoterminal.RunAsync(call, Variables()));
        Assert.DoesNotMatch(Colour(), await Pseudoterminal.RunAsync($"{call} --no-color", Variables()));
        Assert.DoesNotMatch(Colour(), await Pseudoterminal.RunAsync(call, new Dictionary<string, string>(Variables(), StringComparer.Ordinal) { ["NO_COLOR"] = "1" }));
        Assert.DoesNotContain('\u001b', (await Kubectl.TryAsync($"datasource status nobody -n {tenant.Name}")).Output);
    }

    [Fact]
    public async Task A_wrong_call_says_so()
    {
        var unknown = await Kubectl.TryAsync("datasource chekc");
        var context = await Kubectl.TryAsync("datasource status --context nowhere");

        Assert.Equal((2, ""), (unknown.ExitCode, unknown.Output));
        Assert.Contains("kubectl datasource --help", unknown.Error, StringComparison.Ordinal);
        Assert.Equal((2, ""), (context.ExitCode, context.Output));
        Assert.Contains("has no context \"nowhere\"", context.Error, StringComparison.Ordinal);
        Assert.Contains("status", (await Kubectl.RunAsync("datasource --help")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_loads_nothing_of_it()
    {
        var maps = await File.ReadAllTextAsync($"/proc/{Installation.Webhook.Id}/maps", Token);

        Assert.Contains("Provisioning.dll", maps, StringComparison.Ordinal);
        Assert.DoesNotContain("Spectre.Console.dll", maps, StringComparison.Ordinal);
    }

    private async Task<JsonNode> FiguresAsync(Tenant tenant) =>
        JsonNode.Parse(await Kubectl.RunAsync($"datasource status berlin -n {tenant.Name} -o json --allow-loopback"))!["clusters"]![0]!["database"]!;

    private async Task<Tenant> CreateClusterAsync(string name)
    {
        var tenant = await Installation.CreateTenantAsync(name);
        await tenant.ApplyDataSourceAsync("main");
        await tenant.ApplyClusterDeploymentAsync("berlin", "main");
        await tenant.ReadyAsync("berlin");
        await Installation.Kubectl.RunAsync("apply -f -", await tenant.HelmReleaseAsync("berlin", "{controlPlaneNumber: 3}"));
        var dsn = await tenant.DsnAsync("berlin-kine");
        await Installation.Postgres.ExecuteAsync(
            new TestRole(dsn.Role.Value, dsn.Password.Reveal()), dsn.Database.Value, "CREATE TABLE kine (id bigserial PRIMARY KEY, name text); INSERT INTO kine (name) VALUES ('a'), ('b'), ('c')", Token);
        return tenant;
    }

    [GeneratedRegex("size: [0-9.]+ MB", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Size();

    // Select Graphic Rendition of ECMA-48.
    [GeneratedRegex(@"\u001b\[[0-9;]*m", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Colour();
}
