using System.Text;
using EndToEnd.Tests.Provisioning;
using Provisioning.ClusterDataSources;
using Provisioning.Resources;
using TestPostgres;

namespace EndToEnd.Tests.Faults;

/// <summary>A DataSource without a CA: the trust store of the system that the controller runs on decides.</summary>
[Collection(KillWorld.Name)]
public sealed class TrustStoreTests(KillWorld world)
{
    private const string Cluster = "berlin";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_whose_authority_the_system_trusts_is_provisioned_and_the_DSN_names_no_certificate()
    {
        var tenant = await CreateAsync();
        await using var controller = ControllerProcess.StartTrusting(world.Kubeconfig, tenant.Name, world.World.Server.CertificateAuthorityFile);

        await tenant.CreateClusterDataSourceAsync(Cluster);
        var ready = await tenant.WaitUntilReadyAsync(Cluster);

        Assert.Null(ready.Status!.CaSecret);
        Assert.Equal(["auth-secret", $"{Cluster}-kine"], await tenant.ListAsync<Secret>());
        var parameters = Encoding.UTF8.GetString((await tenant.FindAsync<Secret>($"{Cluster}-kine"))!.Data![SecretNames.DsnKey]).Split('?')[1];
        Assert.Equal("sslmode=verify-full", parameters);
        Assert.Equal(KineNames.Of(ready).Role.Value, await tenant.QueryAsync(Cluster, "SELECT session_user::text"));
        Assert.Equal(0, await controller.StopAsync(Token));
    }

    [Fact]
    public async Task A_server_whose_authority_the_system_does_not_trust_gets_nothing()
    {
        using var other = new TestCertificateAuthority();
        var folder = Directory.CreateTempSubdirectory("trust-store-");
        try
        {
            var store = Path.Combine(folder.FullName, "certificates.pem");
            await File.WriteAllTextAsync(store, other.CertificatePem, Token);
            var tenant = await CreateAsync();
            await using var controller = ControllerProcess.StartTrusting(world.Kubeconfig, tenant.Name, store);

            await tenant.CreateClusterDataSourceAsync(Cluster);
            var refused = await tenant.WaitAsync(Cluster, found => found.Status?.Error is { Length: > 0 });

            Assert.StartsWith("CertificateInvalid: ", refused.Status!.Error, StringComparison.Ordinal);
            Assert.False(refused.Status.Ready);
            Assert.Equal(
                0, await world.World.Server.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE strpos(rolname, '{tenant.Name.Replace('-', '_')}') > 0", Token));
            Assert.Equal(0, await controller.StopAsync(Token));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A namespace with a DataSource that names no CA.</summary>
    private async Task<TenantNamespace> CreateAsync()
    {
        var tenant = await TenantNamespace.CreateAsync(world.World);
        await tenant.CreateSecretAsync("auth-secret", ("username", world.World.Server.Admin.Name), ("password", world.World.Server.Admin.Password));
        await tenant.CreateDataSourceAsync("main", authority: null);
        return tenant;
    }
}
