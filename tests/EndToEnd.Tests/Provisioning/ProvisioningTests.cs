using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using TestPostgres;

namespace EndToEnd.Tests.Provisioning;

/// <summary>The controller against an API server over HTTPS and a real PostgreSQL server.</summary>
[Collection(nameof(ProvisioningWorld))]
public sealed class ProvisioningTests(ProvisioningWorld world)
{
    private const string KineStarts = "CREATE TABLE IF NOT EXISTS kine (id bigserial PRIMARY KEY, name text); INSERT INTO kine (name) VALUES ('/registry/one')";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_gets_a_database_of_its_own_and_leaves_it_behind()
    {
        await using var controller = await world.StartControllerAsync(Token);
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        await tenant.CreateClusterDataSourceAsync("berlin");
        await tenant.CreateClusterDataSourceAsync("paris");

        var berlin = await tenant.WaitUntilReadyAsync("berlin");
        await tenant.WaitUntilReadyAsync("paris");

        Assert.Equal(("berlin-kine", "berlin-kine-ca"), (berlin.Status!.KineDataSourceSecret, berlin.Status.CaSecret));
        Assert.Contains(ClusterDataSource.Finalizer, berlin.Metadata.Finalizers!, StringComparer.Ordinal);
        await RunPsqlAsync(tenant, "berlin", KineStarts);

        var (mine, neighbours) = (await tenant.DsnAsync("berlin-kine"), await tenant.DsnAsync("paris-kine"));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => tenant.QueryAsync(neighbours, "SELECT 1", mine.Database.Value));
        Assert.Equal("42501", refused.SqlState);

        await tenant.DeleteAsync<ClusterDataSource>("berlin");
        await tenant.WaitUntilGoneAsync<ClusterDataSource>("berlin");
        Assert.Null(await tenant.FindAsync<Secret>("berlin-kine"));
        Assert.Null(await tenant.FindAsync<Secret>("berlin-kine-ca"));
        Assert.Equal(0, await world.Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{mine.Role}'", Token));
        Assert.Equal(1, await world.Server.QueryAsync<long>(mine.Database.Value, "SELECT count(*) FROM kine", Token));
        AssertNothingLeaked(controller, mine.Password.Reveal());
    }

    [Fact]
    public async Task A_ClusterDeployment_leads_to_a_ClusterDataSource_that_goes_with_it()
    {
        await using var controller = await world.StartControllerAsync(Token);
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        await tenant.CreateClusterDeploymentAsync("berlin", "main");

        var made = await tenant.WaitUntilReadyAsync("berlin");
        Assert.StartsWith($"{tenant.Name.Replace('-', '_')}_berlin_", made.Spec!.Schema, StringComparison.Ordinal);
        Assert.Equal("ClusterDeployment", Assert.Single(made.Metadata.OwnerReferences!).Kind);
        var dsn = await tenant.DsnAsync("berlin-kine");

        await tenant.CreateDataSourceAsync("restored");
        await tenant.PatchAsync<ClusterDeployment>("berlin", new JsonObject { ["spec"] = new JsonObject { ["dataSource"] = "restored" } });
        await tenant.WaitAsync("berlin", found => found.Spec!.DataSource == "restored" && found.Status is { Ready: true, ObservedGeneration: 2 });

        await tenant.DeleteAsync<ClusterDeployment>("berlin");
        await tenant.WaitUntilGoneAsync<ClusterDataSource>("berlin");
        Assert.Equal(0, await world.Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{dsn.Role}'", Token));
        Assert.Equal(1, await world.Server.QueryAsync<long>($"SELECT count(*) FROM pg_database WHERE datname = '{dsn.Database}'", Token));
    }

    [Fact]
    public async Task What_is_missing_is_shown_and_heals_when_it_appears()
    {
        await using var controller = await world.StartControllerAsync(Token);
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.CreateClusterDataSourceAsync("berlin");
        await tenant.WaitAsync("berlin", found => found.Status?.Error == $"DataSourceNotFound: DataSource {tenant.Name}/main does not exist");

        await tenant.CreateDataSourceAsync("main");
        await tenant.WaitAsync("berlin", found => found.Status?.Error?.StartsWith("SecretNotFound: ", StringComparison.Ordinal) == true);

        await tenant.CreateSecretAsync("auth-secret", ("username", world.Server.Admin.Name), ("password", world.Server.Admin.Password));
        await tenant.CreateSecretAsync("db-ca-secret", ("ca.crt", world.Server.CertificateAuthority.CertificatePem));
        await tenant.WaitUntilReadyAsync("berlin");
    }

    [Fact]
    public async Task Another_controller_goes_on_where_the_first_one_stopped()
    {
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        await using (await world.StartControllerAsync(Token))
        {
            await tenant.CreateClusterDataSourceAsync("berlin");
            await tenant.WaitUntilReadyAsync("berlin");
        }

        await tenant.QueryAsync("berlin", KineStarts);
        await tenant.DeleteAsync<Secret>("berlin-kine");
        await tenant.CreateClusterDataSourceAsync("paris");
        await using var second = await world.StartControllerAsync(Token);

        await tenant.WaitUntilReadyAsync("paris");
        var healed = await tenant.WaitAsync("berlin", found => found.Status is { Ready: true, KineDataSourceSecret: not "berlin-kine" });
        Assert.StartsWith("berlin-kine-", healed.Status!.KineDataSourceSecret, StringComparison.Ordinal);
        Assert.Equal(2L, await tenant.QueryAsync("berlin", $"{KineStarts}; SELECT count(*) FROM kine"));
    }

    [Fact]
    public async Task A_namespace_ends_with_everything_that_is_in_it()
    {
        await using var controller = await world.StartControllerAsync(Token);
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        await tenant.CreateClusterDataSourceAsync("berlin");
        await tenant.WaitUntilReadyAsync("berlin");

        await world.Client.DeleteAsync<Namespace>(new NamespacedName("", tenant.Name), DeleteOptions.Default, Token);

        await tenant.WaitUntilItIsGoneAsync(controller);
    }

    [Fact]
    public async Task A_namespace_ends_once_the_cluster_in_it_no_longer_runs()
    {
        await using var controller = await world.StartControllerAsync(Token);
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        await tenant.CreateClusterDeploymentAsync("berlin", "main");
        await tenant.WaitUntilReadyAsync("berlin");
        await tenant.CreateHelmReleaseAsync("berlin", "berlin-kine");
        var dsn = await tenant.DsnAsync("berlin-kine");

        await world.Client.DeleteAsync<Namespace>(new NamespacedName("", tenant.Name), DeleteOptions.Default, Token);

        // Flux uninstalls what runs; until it has, the control plane needs its role, and the Secrets of the DataSource may be gone before that.
        await tenant.WaitAsync("berlin", found => found.Status?.Error?.StartsWith("ClusterStillRuns: ", StringComparison.Ordinal) == true);
        await tenant.WaitUntilGoneAsync<DataSource>("main");
        Assert.Equal("1", await tenant.QueryAsync(dsn, "SELECT '1'", database: null));

        await tenant.PatchAsync<HelmReleaseValues>("berlin", new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } });
        await tenant.WaitUntilItIsGoneAsync(controller);
        var told = Assert.Single(
            (await world.Client.ListAsync<AnybodysEvent>(new ListOptions { Namespace = "default" }, Token)).Items,
            happened => (string?)happened.Regarding?["kind"] == "Namespace" && (string?)happened.Regarding["name"] == tenant.Name);
        Assert.Equal(Reasons.LeftBehind, told.Reason);
        Assert.Contains($"left behind on DataSource main: role {dsn.Role}", told.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_server_may_go_and_come_back()
    {
        await using var controller = await world.StartControllerAsync(Token);
        var tenant = await TenantNamespace.CreateAsync(world);
        await tenant.ApplyDataSourceAsync();
        await tenant.CreateClusterDataSourceAsync("berlin");
        await tenant.WaitUntilReadyAsync("berlin");

        await world.ControlPlane.CutWatchesAsync(Token);
        await CreateOverBrokenConnectionsAsync(tenant, "paris");
        await tenant.WaitUntilReadyAsync("paris");

        await world.ControlPlane.RestartAsync(Token);
        await CreateOverBrokenConnectionsAsync(tenant, "rome");
        await tenant.WaitUntilReadyAsync("rome");
    }

    /// <summary>The test's own client meets the cut connections too; what it could not send it sends again.</summary>
    private static Task CreateOverBrokenConnectionsAsync(TenantNamespace tenant, string cluster) => TenantNamespace.PollAsync(
        async () =>
        {
            try
            {
                await tenant.CreateClusterDataSourceAsync(cluster);
                return true;
            }
            catch (KubernetesApiException exception) when (exception.IsAlreadyExists)
            {
                return true;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                return false;
            }
        },
        () => $"ClusterDataSource {cluster} could not be created");

    private static void AssertNothingLeaked(RunningController controller, string password)
    {
        Assert.NotEmpty(controller.Logs);
        Assert.DoesNotContain(controller.Logs, line => line.Contains(password, StringComparison.Ordinal) || line.Contains("SCRAM-SHA-256$", StringComparison.Ordinal));
    }

    /// <summary>As a person would: psql, with the DSN and the CA out of the Secrets.</summary>
    private static async Task RunPsqlAsync(TenantNamespace tenant, string cluster, string sql)
    {
        var dsn = Encoding.UTF8.GetString((await tenant.FindAsync<Secret>($"{cluster}-kine"))!.Data![SecretNames.DsnKey]);
        var authority = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(authority, (await tenant.FindAsync<Secret>($"{cluster}-kine-ca"))!.Data!["ca.crt"], Token);
            Assert.Contains("sslmode=verify-full&sslrootcert=%2Fvar%2Flib%2Fk0s%2Fkine-ca%2Fca.crt", dsn, StringComparison.Ordinal);
            var start = new ProcessStartInfo(PostgresBinaries.Newest().Program("psql"))
            {
                UseShellExecute = false,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                ArgumentList =
                {
                    dsn.Replace("%2Fvar%2Flib%2Fk0s%2Fkine-ca%2Fca.crt", Uri.EscapeDataString(authority), StringComparison.Ordinal), "-X", "-v", "ON_ERROR_STOP=1", "-c", sql,
                },
                Environment = { ["HOME"] = "/nonexistent" },
            };
            using var psql = Process.Start(start)!;
            var error = psql.StandardError.ReadToEndAsync(Token);
            await psql.StandardOutput.ReadToEndAsync(Token);
            await psql.WaitForExitAsync(Token);
            Assert.True(psql.ExitCode == 0, await error);
        }
        finally
        {
            File.Delete(authority);
        }
    }

    /// <summary>An Event by whomever: a real API server has some of its own, with less in them than ours.</summary>
    private sealed record AnybodysEvent : Resource, IResource
    {
        public static ResourceType ResourceType => KubernetesEvent.ResourceType;

        public JsonObject? Regarding { get; init; }

        public string Reason { get; init; } = "";

        public string Note { get; init; } = "";
    }
}
