using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Plugin;

/// <summary>A command that is left before what it asked for is done: by its timeout, by Ctrl-C, and at its question.</summary>
public sealed class LeavingTests(Installation installation) : PluginTests(installation)
{
    private const string HowToLook = "It was asked for, and the controllers go on without this command. How far it is: kubectl datasource status berlin -n";

    [Fact]
    public async Task A_move_that_is_not_done_in_time_says_what_it_waits_for_and_that_it_goes_on()
    {
        var (tenant, mover) = await CreateMoverAsync("leave-timeout");
        using var person = mover;

        var late = await mover.TryAsync($"datasource move berlin --to nowhere -n {tenant.Name} --allow-loopback --yes --timeout 1s");

        Assert.Equal(1, late.ExitCode);
        Assert.Contains("NOT CHECKED, forbidden: ", late.Output, StringComparison.Ordinal);
        Assert.Contains("✓ asked for\n", late.Output, StringComparison.Ordinal);
        Assert.StartsWith("Not done within 00:00:01: waits for ", late.Error, StringComparison.Ordinal);
        Assert.EndsWith($"{HowToLook} {tenant.Name}\n", late.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', late.Output + late.Error);
        Assert.Equal("nowhere", await tenant.GetAsync("clusterdeployment", "berlin", "{.spec.dataSource}"));
        var wrong = await mover.TryAsync($"datasource move berlin --to main -n {tenant.Name} --yes --timeout forever");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("'forever' is not a time such as 90s, 5m or 1h30m.", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_in_the_middle_of_a_move_leaves_the_terminal_as_it_was_and_the_move_going_on()
    {
        var (tenant, mover) = await CreateMoverAsync("leave-interrupt");
        using var person = mover;

        var (exitCode, shown) = await Pseudoterminal.TalkAsync(
            $"trap : INT; stty --save; kubectl datasource move berlin --to nowhere -n {tenant.Name} --allow-loopback --yes; code=$?; stty --save; exit $code",
            Environment(mover),
            "ServerUnreachable",
            "\u0003");

        Assert.True(exitCode == 130, $"{exitCode}: {shown}");
        Assert.Contains("No longer looked on: waits for ServerUnreachable: ", shown, StringComparison.Ordinal);
        Assert.Contains($"{HowToLook} {tenant.Name}\n", shown, StringComparison.Ordinal);
        var lines = shown.TrimEnd().Split('\n');
        Assert.Equal(lines[0], lines[^1]);
        Assert.True(shown.LastIndexOf("\u001b[?25h", StringComparison.Ordinal) > shown.LastIndexOf("\u001b[?25l", StringComparison.Ordinal), shown);
        Assert.DoesNotContain("Exception", shown, StringComparison.Ordinal);

        Assert.Equal("nowhere", await tenant.GetAsync("clusterdeployment", "berlin", "{.spec.dataSource}"));
        var status = await Kubectl.TryAsync($"datasource status berlin -n {tenant.Name} --allow-loopback");
        Assert.Contains("✗ ClusterDataSource berlin: ServerUnreachable: ", status.Output, StringComparison.Ordinal);
        var back = await Kubectl.TryAsync($"datasource move berlin --to main -n {tenant.Name} --yes --allow-loopback");
        Assert.Equal((0, ""), (back.ExitCode, back.Error));
    }

    [Fact]
    public async Task Ctrl_C_at_the_question_changes_nothing()
    {
        var (tenant, mover) = await CreateMoverAsync("leave-question");
        using var person = mover;

        var (exitCode, shown) = await Pseudoterminal.TalkAsync(
            $"kubectl datasource move berlin --to nowhere -n {tenant.Name} --allow-loopback", Environment(mover), "[y/N]", "\u0003");

        Assert.True(exitCode == 130, $"{exitCode}: {shown}");
        Assert.EndsWith("Nothing was changed.\n", shown, StringComparison.Ordinal);
        Assert.Equal("main", await tenant.GetAsync("clusterdeployment", "berlin", "{.spec.dataSource}"));
    }

    private Dictionary<string, string> Environment(Kubectl person) => new(Variables(), StringComparer.Ordinal) { ["KUBECONFIG"] = person.Kubeconfig };

    // A ready cluster, a DataSource whose server does not exist, and somebody who may move clusters but not read Secrets: nothing is checked before.
    private async Task<(Tenant Tenant, Kubectl Mover)> CreateMoverAsync(string name)
    {
        var cluster = await PluginCluster.CreateAsync(Installation, name);
        var kubectl = Installation.Kubectl;
        await kubectl.RunAsync("apply -f -", cluster.Tenant.DataSource("nowhere", "127.0.0.1:1", name));
        await kubectl.RunAsync($"create role mover --namespace {name} --verb=get,list,patch --resource=datasources.k0rdent.mirantis.com,clusterdatasources.k0rdent.mirantis.com,clusterdeployments.k0rdent.mirantis.com");
        await kubectl.RunAsync($"create rolebinding mover --namespace {name} --role=mover --user=mia");
        return (cluster.Tenant, Plugins.Kubectl(await Installation.ControlPlane.CreateUserAsync("mia", [], Token)));
    }
}
