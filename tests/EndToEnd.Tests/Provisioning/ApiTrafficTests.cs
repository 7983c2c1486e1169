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

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_restart_lists_each_kind_once_and_writes_nothing_that_is_there()
    {
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        await using (await world.StartControllerAsync(Token))
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

        // One worker takes them in their order: when the one that is made last is ready, those that were there have been looked at.
        await using var controller = await world.StartControllerAsync(Token, ("Provisioning:Workers", "1"));
        await TenantNamespace.PollAsync(
            () => Task.FromResult(Names.All(name => Requests(controller).Any(request => request.EndsWith($"/namespaces/{tenant.Name}/secrets/{name}-kine", StringComparison.Ordinal)))),
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

            // It is known from the list, and what was published from its record: only the DSN, with the password, stands nowhere else.
            Assert.EndsWith($"/secrets/{name}-kine", Assert.Single(own), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_a_DataSource_names_is_read_once_a_minute_for_all_its_clusters_and_a_new_CA_reaches_each_of_them()
    {
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        var time = new ManualTimeProvider();
        await using var controller = await world.StartControllerAsync(
            services => services.AddSingleton<TimeProvider>(time), [("Provisioning:LeaderElection", "false")], Token);
        foreach (var name in Names)
        {
            await tenant.CreateClusterDataSourceAsync(name);
            await tenant.WaitUntilReadyAsync(name);
        }

        // Of this namespace: other tests leave DataSources in theirs, which are looked at as well. And of the DataSource: the last cluster may be
        // looked at once more for what became of it.
        var path = $"/namespaces/{tenant.Name}/";
        await LookAsync(seen: 0);
        var before = Requests(controller).Count;
        for (var check = 1; check <= 2; check++)
        {
            var seen = Looks();
            time.Advance(DataSourceReconciler.CheckPeriod);
            await LookAsync(seen);
        }

        Assert.Equal(
            ["datasources/main", "secrets/auth-secret", "secrets/db-ca-secret", "datasources/main", "secrets/auth-secret", "secrets/db-ca-secret"],
            Since().Where(request => request.Contains(path, StringComparison.Ordinal) && !Names.Any(name => Concerns(request, tenant, name))).Select(request => request[(request.IndexOf(path, StringComparison.Ordinal) + path.Length)..]));

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

        List<string> Since() => Requests(controller)[before..];

        // It is logged when the next look has its date.
        int Looks() => controller.Logs.Count(line => line.Contains($" 3012 Controller DataSource reconciled {tenant.Name}/main ", StringComparison.Ordinal));

        Task LookAsync(int seen) => TenantNamespace.PollAsync(() => Task.FromResult(Looks() > seen), () => string.Join('\n', Requests(controller)));
    }

    private static List<string> Requests(RunningController controller) =>
        [.. controller.Logs.Select(line => Answered().Match(line)).Where(match => match.Success).Select(match => match.Groups["request"].Value)];

    private static bool Concerns(string request, TenantNamespace tenant, string name) =>
        request.Contains($"/namespaces/{tenant.Name}/", StringComparison.Ordinal) && Regex.IsMatch(request, $"/{Regex.Escape(name)}(-kine|-kine-ca)?$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private static Regex List(string kind) => new($"^GET /apis/k0rdent.mirantis.com/v1beta1/{kind}(\\?(?!watch|.*continue=).*)?$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@" 2004 (?<request>[A-Z]+ \S+) answered ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Answered();
}
