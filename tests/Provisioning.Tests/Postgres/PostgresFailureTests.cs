using System.Net;
using System.Net.Sockets;
using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Every failure is provoked on a real server, or on one that misbehaves on purpose.</summary>
public sealed class PostgresFailureTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TestPostgresServer Server => postgres.Server;

    private PostgresServer Admin => Servers.Of(Server, Server.Admin);

    [Fact]
    public async Task A_wrong_password() =>
        Assert.Equal(
            (PostgresReasons.AuthenticationFailed, SqlStates.InvalidPassword, false),
            Summary(await FailAsync(Admin with { Password = new Password("wrong") })));

    [Fact]
    public async Task A_role_that_may_not_log_in()
    {
        var role = TestRole.WithRandomPassword("nologin");
        await Server.ExecuteAsync($"CREATE ROLE nologin NOLOGIN PASSWORD '{role.Password}'", Token);

        Assert.Equal(
            (PostgresReasons.AuthenticationFailed, SqlStates.InvalidAuthorization, false), Summary(await FailAsync(Servers.Of(Server, role))));
    }

    [Fact]
    public async Task No_maintenance_database() =>
        Assert.Equal(
            (PostgresReasons.MaintenanceDatabaseMissing, SqlStates.InvalidCatalogName, false),
            Summary(await FailAsync(Admin with { MaintenanceDatabase = "missing" })));

    [Fact]
    public async Task Nobody_listens()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        Assert.Equal(
            (PostgresReasons.ServerUnreachable, null, true),
            Summary(await FailAsync(Admin with { Endpoints = [new PostgresEndpoint("127.0.0.1", port)] })));
    }

    [Fact]
    public async Task A_host_that_does_not_resolve() =>
        Assert.Equal(
            (PostgresReasons.ServerUnreachable, null, true),
            Summary(await FailAsync(Admin with { Endpoints = [new PostgresEndpoint("database.invalid", 5432)] })));

    [Fact]
    public async Task A_server_that_is_silent()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var failure = await FailAsync(
            Admin with { Endpoints = [new PostgresEndpoint("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port)] },
            new PostgresOptions { ConnectTimeout = TimeSpan.FromSeconds(1) });

        Assert.Equal((PostgresReasons.Timeout, null, true), Summary(failure));
    }

    [Fact]
    public async Task A_certificate_of_another_authority()
    {
        using var other = new TestCertificateAuthority();

        Assert.Equal(
            (PostgresReasons.CertificateInvalid, null, false),
            Summary(await FailAsync(Admin with { CertificateAuthority = other.CertificatePem })));
    }

    [Fact]
    public async Task A_certificate_that_the_systems_trust_store_does_not_know() =>
        Assert.Equal((PostgresReasons.CertificateInvalid, null, false), Summary(await FailAsync(Admin with { CertificateAuthority = null })));

    [Fact]
    public async Task A_certificate_of_another_host()
    {
        await using var server = await TestPostgresServer.StartAsync(
            new TestPostgresOptions { CertificateNames = ["db.example.com"] }, Token);

        Assert.Equal((PostgresReasons.CertificateInvalid, null, false), Summary(await FailAsync(Servers.Of(server, server.Admin))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public async Task A_CA_that_cannot_be_read(string pem) =>
        Assert.Equal(
            (PostgresReasons.CertificateAuthorityInvalid, null, false), Summary(await FailAsync(Admin with { CertificateAuthority = pem })));

    [Fact]
    public async Task A_bundle_of_several_CAs_is_taken()
    {
        using var other = new TestCertificateAuthority();
        var tenant = Tenant.On(Server);
        var bundle = $"{other.CertificatePem}\n{Server.CertificateAuthority.CertificatePem}\n";

        var outcome = await Servers.Provisioner().ProvisionAsync(Admin with { CertificateAuthority = bundle }, tenant.Wanted, Token);

        Assert.IsType<ProvisioningOutcome.Ready>(outcome);
    }

    [Fact]
    public async Task Too_many_connections()
    {
        var role = TestRole.WithRandomPassword("crowded");
        await Server.ExecuteAsync($"CREATE ROLE crowded LOGIN CONNECTION LIMIT 1 PASSWORD '{role.Password}'", Token);
        await using var only = await Server.OpenAsync(role, "postgres", Token);

        Assert.Equal((PostgresReasons.TooManyConnections, SqlStates.TooManyConnections, true), Summary(await FailAsync(Servers.Of(Server, role))));
    }

    [Theory]
    [InlineData("57P03", PostgresReasons.ServerStarting, true)]
    [InlineData("57P01", PostgresReasons.ConnectionLost, true)]
    [InlineData("08006", PostgresReasons.ConnectionLost, true)]
    [InlineData("25006", PostgresReasons.NoPrimary, true)]
    [InlineData("42501", PostgresReasons.PermissionDenied, false)]
    [InlineData("55000", PostgresReasons.DatabaseClosed, false)]
    [InlineData("55006", PostgresReasons.Conflict, true)]
    [InlineData("55P03", PostgresReasons.Timeout, true)]
    [InlineData("57014", PostgresReasons.Timeout, true)]
    [InlineData("XX000", PostgresReasons.Conflict, true)]
    [InlineData("23505", PostgresReasons.Conflict, true)]
    [InlineData("53100", PostgresReasons.ServerOutOfResources, true)]
    [InlineData("42601", PostgresReasons.StatementFailed, false)]
    public void A_SQLSTATE(string sqlState, string reason, bool isTransient)
    {
        var failure = PostgresFailure.From(new PostgresException("text with 'a secret'", "ERROR", "ERROR", sqlState))!;

        Assert.Equal((reason, sqlState, isTransient), Summary(failure));
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_defect_is_not_explained_away() => Assert.Null(PostgresFailure.From(new InvalidOperationException()));

    private static (string Reason, string? SqlState, bool IsTransient) Summary(PostgresFailure failure) =>
        (failure.Reason, failure.SqlState, failure.IsTransient);

    private async Task<PostgresFailure> FailAsync(PostgresServer server, PostgresOptions? options = null)
    {
        var tenant = Tenant.On(Server);
        var exception = await Assert.ThrowsAnyAsync<Exception>(
            () => Servers.Provisioner(options: options).ProvisionAsync(server, tenant.Wanted, Token));
        var failure = PostgresFailure.From(exception);
        Assert.True(failure is not null, $"not explained: {exception}");
        Assert.DoesNotContain(server.Password.Reveal(), $"{failure.Message} {exception}", StringComparison.Ordinal);
        return failure;
    }
}
