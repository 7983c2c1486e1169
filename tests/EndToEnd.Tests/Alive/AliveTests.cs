using System.Globalization;
using System.Text.RegularExpressions;
using EndToEnd.Tests.Installed;
using EndToEnd.Tests.Running;
using Microsoft.AspNetCore.Http;

namespace EndToEnd.Tests.Alive;

/// <summary>Webhook and controllers as processes, while the API server, the network before it and other controllers fail.</summary>
public sealed partial class AliveTests(UnreliableNetwork installation) : IClassFixture<UnreliableNetwork>
{
    private const string Leading = "\nprovisioning_leader 1\n";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clusters_come_and_go_while_requests_fail_are_slow_or_lost_and_watches_end_all_the_time()
    {
        var tenant = await installation.CreateTenantAsync(TwoRoles.SecretNamespace);
        string[] clusters = ["one", "two", "three", "four", "five"];
        installation.Networks[0].Choose = EveryNth(5, installation.Networks[0]);
        installation.Networks[1].Choose = EveryNth(17, installation.Networks[1]);

        await PatientlyAsync(() => tenant.ApplyDataSourceAsync("db"));
        foreach (var cluster in clusters)
        {
            await PatientlyAsync(() => tenant.ApplyClusterDeploymentAsync(cluster, "db"));
        }

        // All of the API server's memory goes too: once with its connections, once with the history that watches resume from.
        await installation.ControlPlane.RestartAsync(Token);
        await installation.ControlPlane.CompactAsync(Token);
        foreach (var cluster in clusters)
        {
            await tenant.ReadyAsync(cluster, Patience);
            await PatientlyAsync(async () => await installation.Kubectl.RunAsync("apply -f -", await tenant.HelmReleaseAsync(cluster, "{a: 1}")));
            Assert.Equal($"{cluster}-kine", await tenant.GetAsync("helmrelease", cluster, "{.spec.values.dataSource.kineDataSourceSecretName}"));
        }

        foreach (var cluster in clusters)
        {
            await installation.Kubectl.RunAsync($"delete helmrelease {cluster} --namespace {tenant.Name}");
            await PatientlyAsync(() => installation.Kubectl.RunAsync($"delete clusterdeployment {cluster} --namespace {tenant.Name} --ignore-not-found"));
            await tenant.GoneAsync("clusterdatasource", cluster, Patience);
        }

        Assert.All(installation.Networks.Take(2), network => Assert.Superset(Enum.GetValues<ApiFault>().ToHashSet(), network.Counts.Keys.ToHashSet()));
        Assert.Equal(0, await CountAsync("pg_roles WHERE rolname LIKE 'kine%kcm_system_%'"));
        Assert.Equal(clusters.Length, await CountAsync("pg_database WHERE datname LIKE 'kcm_system_%'"));
        Calm();
        await installation.Webhook.ReadyAsync(Token);
        await installation.Controller.ReadyAsync(Token);
    }

    [Fact]
    public async Task The_lease_lost_in_the_middle_of_a_provisioning_and_a_killed_leader_cost_no_cluster_anything()
    {
        Calm();
        var tenant = await installation.CreateTenantAsync("failover");
        await installation.GrantSecretsAsync(tenant.Name);
        await LeadsAsync(installation.Controller);
        var other = await installation.StartAsync("controller", Token);
        await other.ReadyAsync(Token);
        var terms = await TermsAsync(installation.Controller);
        Assert.Equal(0, await TermsAsync(other));

        // The leader is in the middle of CREATE ROLE when nothing of it gets through to the API server any more.
        await using var session = await installation.Postgres.OpenAsync(installation.Postgres.Superuser, "postgres", Token);
        await using var holding = await session.BeginTransactionAsync(Token);
        await using var hold = session.CreateCommand();
        hold.CommandText = "LOCK TABLE pg_authid IN SHARE MODE";
        await hold.ExecuteNonQueryAsync(Token);
        await tenant.ApplyDataSourceAsync("db");
        await tenant.ApplyClusterDeploymentAsync("held", "db");
        await WaitAsync(async () => await CountAsync("pg_stat_activity WHERE wait_event_type = 'Lock'") > 0, "nobody waits for the lock");
        installation.Networks[1].Choose = _ => ApiFault.Cut;
        installation.Networks[1].CutWatches();

        await LeadsAsync(other);

        Assert.DoesNotContain(Leading, await installation.Controller.ReadMetricsAsync(Token), StringComparison.Ordinal);
        await holding.RollbackAsync(Token);
        await tenant.ReadyAsync("held", Patience);
        installation.Networks[1].Choose = _ => ApiFault.None;
        await installation.Controller.ReadyAsync(Token);
        Assert.Equal(1, await CountAsync("pg_roles WHERE rolname LIKE 'kine%failover_held%'"));
        Assert.Equal(terms, await TermsAsync(installation.Controller));

        // Who lost the Lease took no further step; the other one took all of them.
        Assert.Equal((0, true), (Steps(installation.Controller), Steps(other) > 0));

        await other.KillAsync();
        await tenant.ApplyClusterDeploymentAsync("next", "db");

        await tenant.ReadyAsync("next", Patience);
        Assert.Equal(terms + 1, await TermsAsync(installation.Controller));

        // A candidate waits for the lease's duration, and then asks every retry period: less than 20 s after the last renewal.
        var lease = await installation.Kubectl.RunAsync(
            $"get lease k0rdent-datasource-controller --namespace {TwoRoles.Namespace} --output jsonpath={{.spec.leaseDurationSeconds}}");
        Assert.InRange(int.Parse(lease, CultureInfo.InvariantCulture), 1, 17);
    }

    /// <summary>Every so many requests the next fault happens to one and all watches end. Seldom enough that a reconcile comes through.</summary>
    private static Func<HttpRequest, ApiFault> EveryNth(int period, UnreliableApi network)
    {
        var faults = Enum.GetValues<ApiFault>().Where(fault => fault != ApiFault.None).ToList();
        var requests = 0;
        return _ =>
        {
            var request = Interlocked.Increment(ref requests);
            if (request % period != 0)
            {
                return ApiFault.None;
            }

            network.CutWatches();
            return faults[request / period % faults.Count];
        };
    }

    /// <summary>Does what a person or GitOps does when they are told to try again.</summary>
    private async Task PatientlyAsync(Func<Task> act)
    {
        var answer = "";
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await act();
                    return true;
                }
                catch (Xunit.Sdk.TrueException exception)
                {
                    answer = exception.Message;
                    Assert.Matches(TryAgain(), answer);
                    return false;
                }
            },
            Patience,
            () => $"{answer}\n{installation.Webhook.Log}",
            Token);
    }

    private void Calm()
    {
        foreach (var network in installation.Networks)
        {
            network.Choose = _ => ApiFault.None;
        }
    }

    private Task LeadsAsync(WebhookProcess controller) =>
        WaitAsync(async () => (await controller.ReadMetricsAsync(Token)).Contains(Leading, StringComparison.Ordinal), "it does not lead");

    private Task WaitAsync(Func<Task<bool>> condition, string what) =>
        Eventually.TrueAsync(condition, Patience, () => $"{what}\n{installation.Controller.Log}", Token);

    /// <summary>How often it became leader.</summary>
    private static async Task<int> TermsAsync(WebhookProcess controller) =>
        Terms().Match(await controller.ReadMetricsAsync(Token)) is { Success: true } match ? int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture) : 0;

    /// <summary>How many changes it made for the cluster that was held.</summary>
    private static int Steps(WebhookProcess controller) => controller.Log.Split('\n')
        .Count(line => line.Contains("\"EventId\":4000", StringComparison.Ordinal) && line.Contains("failover_held", StringComparison.Ordinal));

    private Task<long> CountAsync(string from) => installation.Postgres.QueryAsync<long>($"SELECT count(*) FROM {from}", Token);

    [GeneratedRegex("try again|did not answer|did not say|No decision could be made in time", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TryAgain();

    [GeneratedRegex(@"^provisioning_leader_transitions_total (?<count>[0-9]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Terms();
}
