using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Provisioning.ClusterDataSources;
using Provisioning.Resources;
using Provisioning.Tests;

namespace EndToEnd.Tests.Provisioning;

/// <summary>What a start costs the API server when everything is ready already: a controller that asks again and again, or writes what is there, shows here.</summary>
[Collection(nameof(ProvisioningWorld))]
public sealed partial class ApiTrafficTests(ProvisioningWorld world)
{
    private static readonly string[] Names = ["berlin", "paris", "rome"];
    private static readonly string[] WhatItNames = ["datasources/main", "secrets/auth-secret", "secrets/db-ca-secret"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_restart_lists_each_kind_once_and_writes_nothing_that_is_there()
    {
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        await using (await world.StartControllerAsync(Token))
        {
            await MakeReadyAsync(tenant);
        }

        // One worker takes them in their order: when the one that is made last is ready, those that were there have been looked at.
        await using var controller = await world.StartControllerAsync(Token, ("Provisioning:Workers", "1"));
        await TenantNamespace.PollAsync(
            () => Task.FromResult(Names.All(name => Requests(controller).Any(request => request.EndsWith($"/namespaces/{tenant.Name}/secrets/{name}-kine?resourceVersion=0", StringComparison.Ordinal)))),
            () => string.Join('\n', Requests(controller)));
        await tenant.CreateClusterDataSourceAsync("vienna");
        await tenant.WaitUntilReadyAsync("vienna");

        var requests = Requests(controller);
        foreach (var kind in new[] { "clusterdatasources", "datasources", "clusterdeployments" })
        {
            Assert.Single(requests, request => List(kind).IsMatch(request));
            Assert.Single(requests, request => request.StartsWith($"GET /apis/k0rdent.mirantis.com/v1beta1/{kind}?watch=true", StringComparison.Ordinal));
        }

        foreach (var name in Names)
        {
            var own = requests.Where(request => Concerns(request, tenant, name)).ToList();
            Assert.DoesNotContain(own, request => !request.StartsWith("GET ", StringComparison.Ordinal));

            // It is known from the list, and what was published from its record: only the DSN, with the password, stands nowhere else. Whoever only looks asks the
            // API server for what it remembers, which costs etcd nothing.
            Assert.EndsWith($"/secrets/{name}-kine?resourceVersion=0", Assert.Single(own), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_a_DataSource_names_is_read_once_a_minute_for_all_its_clusters_and_a_new_CA_reaches_each_of_them()
    {
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        // Of this namespace: other tests leave DataSources in theirs, which are looked at as well.
        var path = $"/namespaces/{tenant.Name}/";
        var time = new ManualTimeProvider();
        await using var controller = await world.StartControllerAsync(
            services => services.AddSingleton<TimeProvider>(time), [("Provisioning:LeaderElection", "false")], Token);
        await MakeReadyAsync(tenant);
        await UntilAsync(() => Checks() > 0);
        var (before, reconciled) = (Requests(controller).Count, Reconciles("/"));
        for (var check = 1; check <= 2; check++)
        {
            var seen = Checks();
            time.Advance(DataSourceReconciler.CheckPeriod);
            await UntilAsync(() => Checks() > seen);
        }

        // Once for each look at the DataSource. A cluster that has just become ready may be looked at once more for what became of it, and by what is read anew.
        await UntilAsync(() => WhatItNames.All(named => Since(path + named) >= 2 && Since(path + named) <= Reconciles("/") - reconciled));

        await tenant.PatchAsync<Secret>("db-ca-secret", new JsonObject
        {
            ["data"] = new JsonObject { ["ca.crt"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(world.Server.CertificateAuthority.CertificatePem + "\n" + world.Server.CertificateAuthority.CertificatePem)) },
        });
        time.Advance(DataSourceReconciler.CheckPeriod);
        foreach (var name in Names)
        {
            await tenant.WaitAsync(name, found =>
            {
                // Whoever comes while another reads the server's catalogue comes back.
                time.Advance(TimeSpan.FromMilliseconds(10));
                return found.Status is { Ready: true, Error: null, CaSecret: { } secret } && secret.StartsWith($"{name}-kine-ca-", StringComparison.Ordinal);
            });
        }

        int Since(string read) => Requests(controller)[before..].Count(request => request.StartsWith("GET ", StringComparison.Ordinal) && request.EndsWith(read, StringComparison.Ordinal));

        // It is logged when the next look has its date.
        int Checks() => Reconciles("/main ");

        int Reconciles(string name) => controller.Logs.Count(line => Reconciled().IsMatch(line) && line.Contains($" {tenant.Name}{name}", StringComparison.Ordinal));

        Task UntilAsync(Func<bool> condition) => TenantNamespace.PollAsync(() => Task.FromResult(condition()), () => string.Join('\n', Requests(controller)));
    }

    private static async Task MakeReadyAsync(TenantNamespace tenant)
    {
        foreach (var name in Names)
        {
            await tenant.CreateClusterDataSourceAsync(name);
        }

        foreach (var name in Names)
        {
            await tenant.WaitUntilReadyAsync(name);
        }
    }

    private static List<string> Requests(RunningController controller) =>
        [.. controller.Logs.Select(line => Answered().Match(line)).Where(match => match.Success).Select(match => match.Groups["request"].Value)];

    private static bool Concerns(string request, TenantNamespace tenant, string name) =>
        request.Contains($"/namespaces/{tenant.Name}/", StringComparison.Ordinal) && Regex.IsMatch(request, $"/{Regex.Escape(name)}(-kine|-kine-ca)?(\\?resourceVersion=0)?$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private static Regex List(string kind) => new($"^GET /apis/k0rdent.mirantis.com/v1beta1/{kind}(\\?(?!watch|.*continue=).*)?$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@" (3012|3013) Controller ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reconciled();

    [GeneratedRegex(@" 2004 (?<request>[A-Z]+ \S+) answered ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Answered();
}
