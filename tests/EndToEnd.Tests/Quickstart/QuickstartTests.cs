using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;
using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace EndToEnd.Tests.Quickstart;

/// <summary>docs/quickstart.md, by its own commands.</summary>
public sealed partial class QuickstartTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_commands_lead_to_a_Cluster_whose_Secret_opens_a_database()
    {
        await using var quickstart = await QuickstartCluster.StartAsync(Token);

        Assert.Contains("\nkine {\"dataSourceSecretName\":\"demo-kine\"}\n", quickstart.ClusterOutput, StringComparison.Ordinal);
        Assert.Equal("demo-kine-ca", await quickstart.GetAsync("clusters.k0smotron.io", "demo", "{.spec.mounts[0].secret.secretName}"));
        var header = quickstart.ClusterOutput.Split('\n').Single(line => line.StartsWith("NAME ", StringComparison.Ordinal));
        Assert.Contains(Spaces().Replace(header.Trim(), " "), Spaces().Replace(quickstart.PageText, " "), StringComparison.Ordinal);
        var dsn = await DsnAsync(quickstart);
        await quickstart.Postgres.ExecuteAsync(new TestRole(dsn.Role.Value, dsn.Password.Reveal()), dsn.Database.Value, "CREATE TABLE kine (id serial PRIMARY KEY)", Token);
        Assert.Equal(await quickstart.GetAsync("clds", "demo", "{.spec.schema}"), dsn.Database.Value);
    }

    [Fact]
    public async Task The_pods_run_the_image_of_the_page_and_find_what_they_name()
    {
        await using var quickstart = await QuickstartCluster.StartAsync(Token);

        Assert.Contains("-p:ContainerImageTag=1.0.0", quickstart.PageText, StringComparison.Ordinal);
        Assert.Equal(
            "k0rdent-datasource:1.0.0 k0rdent-datasource:1.0.0",
            await quickstart.Kubectl.RunAsync("get deployments --namespace k0rdent-datasource --output jsonpath={.items[*].spec.template.spec.containers[*].image}"));
        var volumes = JsonNode.Parse(await quickstart.GetAsync("statefulset", "postgres", "{.spec.template.spec.volumes}"))!.AsArray();
        await quickstart.GetAsync("secret", (string)volumes.Single(volume => volume!["secret"] is not null)!["secret"]!["secretName"]!, "{.data.ca\\.crt}");
        await quickstart.GetAsync("configmap", (string)volumes.Single(volume => volume!["configMap"] is not null)!["configMap"]!["name"]!, "{.data}");
        Assert.Equal(
            await quickstart.GetAsync("statefulset", "postgres", "{.spec.template.metadata.labels}"), await quickstart.GetAsync("service", "postgres", "{.spec.selector}"));
    }

    [Fact]
    public async Task A_real_control_plane_keeps_its_state_there_and_follows_another_password()
    {
        // Debian packages neither kine nor kube-apiserver: it runs where KINE_BINARY and KUBEBUILDER_ASSETS name them.
        Assert.SkipWhen(HostedControlPlane.Obstacle is not null, $"Not run: {HostedControlPlane.Obstacle}.");
        await using var quickstart = await QuickstartCluster.StartAsync(Token);
        var before = await DsnAsync(quickstart);

        await using (await HostAsync(quickstart))
        {
            Assert.EndsWith("\nhello", await quickstart.RunAsync("8. Using it", Token), StringComparison.Ordinal);
            var query = Query().Match(quickstart.PageText).Groups["sql"].Value;
            Assert.Equal(["/registry/namespaces/hello", "/registry/secrets/hello/greeting"], await KeysAsync(quickstart, before, query));

            // The former password goes on working for the pod that is not replaced yet.
            await quickstart.RunAsync("9. Another password", Token);
            using var hosted = new Kubectl(quickstart.DemoKubeconfigPath);
            await hosted.RunAsync("create namespace while-rotating");
        }

        var after = await DsnAsync(quickstart);
        Assert.NotEqual((before.Role, before.Password.Reveal()), (after.Role, after.Password.Reveal()));
        Assert.Equal(before.Database, after.Database);
        await using (await HostAsync(quickstart))
        {
            using var hosted = new Kubectl(quickstart.DemoKubeconfigPath);
            Assert.Equal("aGVsbG8=", await hosted.RunAsync("get secret greeting --namespace hello --output jsonpath={.data.text}"));
            await hosted.RunAsync("get namespace while-rotating");
            await hosted.RunAsync("create namespace after-rotating");
            Assert.True(await SessionsAsync(quickstart, after) > 0, "No session of the role whose turn it is.");
            await Eventually.TrueAsync(
                async () => await quickstart.Postgres.QueryAsync<bool>($"SELECT NOT rolcanlogin FROM pg_roles WHERE rolname = '{before.Role}'", Token),
                Patience,
                () => $"The former password was not retired:\n{quickstart.Product.Log}",
                Token);
            await hosted.RunAsync("create namespace after-retiring");
        }
    }

    /// <summary>What k0smotron does for the Cluster as it is now, and where it leaves the kubeconfig.</summary>
    private static async Task<HostedControlPlane> HostAsync(QuickstartCluster quickstart)
    {
        var hosted = await HostedControlPlane.StartAsync(quickstart.Kubectl, QuickstartCluster.Namespace, "demo", Token);
        File.Copy(hosted.KubeconfigPath, quickstart.DemoKubeconfigPath, overwrite: true);
        return hosted;
    }

    private static async Task<KineDsn> DsnAsync(QuickstartCluster quickstart)
    {
        var secret = await quickstart.GetAsync("clusters.k0smotron.io", "demo", "{.spec.storage.kine.dataSourceSecretName}");
        var encoded = await quickstart.GetAsync("secret", secret, "{.data.K0SMOTRON_KINE_DATASOURCE_URL}");
        return KineDsn.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(encoded))) ?? throw new InvalidOperationException($"The DSN in {secret} is none.");
    }

    private static Task<long> SessionsAsync(QuickstartCluster quickstart, KineDsn dsn) =>
        quickstart.Postgres.QueryAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE datname = '{dsn.Database}' AND usename = '{dsn.Role}'", Token);

    private static async Task<IReadOnlyList<string>> KeysAsync(QuickstartCluster quickstart, KineDsn dsn, string query)
    {
        await using var connection = await quickstart.Postgres.OpenAsync(quickstart.Postgres.Superuser, dsn.Database.Value, Token);
        await using var command = new NpgsqlCommand(query, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var keys = new List<string>();
        while (await reader.ReadAsync(Token))
        {
            keys.Add(reader.GetString(0));
        }

        return keys;
    }

    [GeneratedRegex(" +", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();

    [GeneratedRegex("-c \"(?<sql>SELECT [^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Query();
}
