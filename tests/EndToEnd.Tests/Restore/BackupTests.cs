using EndToEnd.Tests.Running;
using TestPostgres;

namespace EndToEnd.Tests.Restore;

/// <summary>k0rdent's "Hosted Control Plane Backup Procedure" by the commands of <c>docs/backup.md</c>: back up, lose something, restore, re-point, and it is back.</summary>
public sealed class BackupTests(Installation installation) : IClassFixture<Installation>
{
    private const string Pod = "/registry/pods/default/test-pod-foo";
    private const string KineStarts = $"CREATE TABLE kine (id bigserial PRIMARY KEY, name text); INSERT INTO kine (name) VALUES ('/registry/health'), ('{Pod}')";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_deleted_after_the_backup_is_back_on_the_second_server_and_the_HelmRelease_follows()
    {
        await using var second = await TestPostgresServer.StartAsync(
            new TestPostgresOptions { CertificateAuthority = installation.Postgres.CertificateAuthority }, Token);
        var (tenant, script, settings) = await PrepareAsync("backup");
        using var folder = new DumpFolder(settings["BACKUP"]);
        var before = await tenant.DsnAsync("berlin-kine");

        var output = await script.RunAsync("Back up", settings, installation.ControlPlane, Token);
        Assert.Contains("last revision 2", output, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(settings["BACKUP"]).UnixFileMode);
        await QueryAsync(installation.Postgres, before, $"DELETE FROM kine WHERE name = '{Pod}' RETURNING 1");

        // The second server's credentials are in a namespace of their own.
        await installation.Kubectl.RunAsync("create namespace backup-restored");
        var credentials = new Tenant(installation.Kubectl, second, () => installation.Webhook.Log, "backup-restored");
        await credentials.CreateSecretsAsync();
        await installation.Kubectl.RunAsync("apply -f -", tenant.DataSource("restored", $"{TestPostgresServer.Host}:{second.Port}", credentials.Name));
        var restoring = script.RunAsync("Restore", settings, installation.ControlPlane, Token);
        await Task.WhenAll(restoring, ApplyReleaseAsKcmDoesAsync(tenant, restoring));
        output += await restoring;

        var secret = await tenant.GetAsync("clusterdatasource", "berlin", "{.status.kineDataSourceSecret}");
        Assert.Equal(secret, await tenant.GetAsync("helmrelease", "berlin", "{.spec.values.dataSource.kineDataSourceSecretName}"));
        var after = await tenant.DsnAsync(secret);
        Assert.NotEqual("berlin-kine", secret);
        Assert.Equal(
            (second.Port, before.Database, before.Role, before.Password.Reveal()),
            (after.Endpoints[0].Port, after.Database, after.Role, after.Password.Reveal()));
        Assert.Equal("/registry/health " + Pod, await QueryAsync(second, after, "SELECT string_agg(name, ' ' ORDER BY id) FROM kine"));
        Assert.Equal(3L, await QueryAsync(second, after, "INSERT INTO kine (name) VALUES ('/registry/more') RETURNING id"));
        Assert.Equal("/registry/health", await QueryAsync(installation.Postgres, before, "SELECT string_agg(name, ' ' ORDER BY id) FROM kine"));
        foreach (var password in new[] { before.Password.Reveal(), installation.Postgres.Admin.Password, second.Admin.Password })
        {
            Assert.DoesNotContain(password, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_deleted_after_the_backup_is_back_on_the_same_server()
    {
        var (tenant, script, settings) = await PrepareAsync("backup-in-place");
        using var folder = new DumpFolder(settings["BACKUP"]);
        var before = await tenant.DsnAsync("berlin-kine");
        await script.RunAsync("Back up", settings, installation.ControlPlane, Token);
        await QueryAsync(installation.Postgres, before, $"DELETE FROM kine WHERE name = '{Pod}' RETURNING 1");

        await tenant.ApplyDataSourceAsync("restored");
        await script.RunAsync("On the same server", settings, installation.ControlPlane, Token);
        await script.RunAsync("Restore", settings, installation.ControlPlane, Token);

        Assert.Equal("berlin-kine", await tenant.GetAsync("clusterdatasource", "berlin", "{.status.kineDataSourceSecret}"));
        var after = await tenant.DsnAsync("berlin-kine");
        Assert.Equal(before.Reveal(), after.Reveal());
        Assert.Equal("/registry/health " + Pod, await QueryAsync(installation.Postgres, after, "SELECT string_agg(name, ' ' ORDER BY id) FROM kine"));
        Assert.Equal(3L, await QueryAsync(installation.Postgres, after, "INSERT INTO kine (name) VALUES ('/registry/more') RETURNING id"));
    }

    private async Task<(Tenant Tenant, DocumentedScript Script, Dictionary<string, string> Settings)> PrepareAsync(string name)
    {
        var tenant = await installation.CreateTenantAsync(name);
        await tenant.ApplyDataSourceAsync("main");
        await tenant.ApplyClusterDeploymentAsync("berlin", "main");
        await tenant.ReadyAsync("berlin");
        await installation.Kubectl.RunAsync("apply -f -", await tenant.HelmReleaseAsync("berlin", "{controlPlaneNumber: 3}"));
        await QueryAsync(installation.Postgres, await tenant.DsnAsync("berlin-kine"), KineStarts);
        var script = await DocumentedScript.ReadAsync("docs/backup.md", workingDirectory: null, Token);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["NAMESPACE"] = tenant.Name,
            ["CLUSTER"] = "berlin",
            ["SERVER"] = "main",
            ["RESTORED"] = "restored",
            ["BACKUP"] = Path.Combine(Directory.CreateTempSubdirectory("backup-").FullName, "berlin.dump"),
        };
        Assert.Equal(settings.Keys, script.SettingNames);
        return (tenant, script, settings);
    }

    /// <summary>kcm renders a cluster's HelmRelease again when its ClusterDataSource names another Secret.</summary>
    private async Task ApplyReleaseAsKcmDoesAsync(Tenant tenant, Task restoring)
    {
        await Eventually.TrueAsync(
            async () => restoring.IsCompleted || await tenant.GetAsync("clusterdatasource", "berlin", "{.status.kineDataSourceSecret}") != "berlin-kine",
            Patience,
            () => $"No new Secret was published:\n{installation.Webhook.Log}",
            Token);
        await installation.Kubectl.RunAsync("apply -f -", await tenant.HelmReleaseAsync("berlin", "{controlPlaneNumber: 4}"));
    }

    private static async Task<object?> QueryAsync(TestPostgresServer server, global::Provisioning.Postgres.KineDsn dsn, string sql)
    {
        await using var connection = await server.OpenAsync(new TestRole(dsn.Role.Value, dsn.Password.Reveal()), dsn.Database.Value, Token);
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }

    private sealed class DumpFolder(string file) : IDisposable
    {
        public void Dispose() => Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }
}
