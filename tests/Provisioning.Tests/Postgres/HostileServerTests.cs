using System.Text;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Whatever a server asks: the password leaves the process only inside SCRAM-SHA-256, over verified TLS.</summary>
public sealed class HostileServerTests : IDisposable
{
    private readonly TestCertificateAuthority authority = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The number of the authentication request, and what follows it.</summary>
    public static TheoryData<int, byte[]> Demands => new()
    {
        { 3, [] },
        { 5, [1, 2, 3, 4] },
        { 0, [] },
    };

    public void Dispose() => authority.Dispose();

    [Theory]
    [MemberData(nameof(Demands))]
    public async Task Gets_neither_the_password_nor_its_md5_and_is_not_believed_when_it_asks_for_nothing(int code, byte[] rest)
    {
        await using var hostile = new HostileServer(authority, HostileServer.Authentication(code, rest));
        var password = PasswordGenerator.Generate();

        var failure = await FailAsync(hostile, password);

        Assert.Equal(PostgresReasons.AuthenticationMethodRefused, failure.Reason);
        Assert.False(failure.IsTransient);
        Assert.True(hostile.HasDemanded);
        AssertNotSent(password, await hostile.StopAsync());
    }

    [Fact]
    public async Task Gets_nothing_when_it_has_no_TLS()
    {
        await using var hostile = new HostileServer(null, []);
        var password = PasswordGenerator.Generate();

        var failure = await FailAsync(hostile, password);

        Assert.Equal(PostgresReasons.TlsUnavailable, failure.Reason);
        Assert.Empty(await hostile.StopAsync());
    }

    [Fact]
    public async Task Gets_nothing_when_its_certificate_is_of_another_authority()
    {
        using var other = new TestCertificateAuthority();
        await using var hostile = new HostileServer(other, HostileServer.Authentication(3));

        var failure = await FailAsync(hostile, PasswordGenerator.Generate());

        Assert.Equal(PostgresReasons.CertificateInvalid, failure.Reason);
        Assert.False(hostile.HasDemanded);
    }

    private static void AssertNotSent(Password password, byte[] sent)
    {
        var text = Encoding.Latin1.GetString(sent);
        Assert.DoesNotContain(password.Reveal(), text, StringComparison.Ordinal);
        Assert.DoesNotContain("md5", text, StringComparison.Ordinal);
    }

    private async Task<PostgresFailure> FailAsync(HostileServer hostile, Password password)
    {
        var server = new PostgresServer
        {
            Endpoints = [new PostgresEndpoint("127.0.0.1", hostile.Port)],
            Username = "admin",
            Password = password,
            CertificateAuthority = authority.CertificatePem,
        };
        var wanted = new KineDatabase
        {
            Database = new PostgresIdentifier("db"),
            Role = new PostgresIdentifier("role"),
            Mark = new OwnerMark("mark"),
            Password = password,
            MayCreateDatabase = true,
        };
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => Servers.Provisioner().ProvisionAsync(server, wanted, Token));
        return PostgresFailure.From(exception) ?? throw new InvalidOperationException("not explained", exception);
    }
}
