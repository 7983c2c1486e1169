using Microsoft.Extensions.Logging;
using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>No password and no verifier in any log: ours with everything on, and the server's with everything on.</summary>
public sealed class SecrecyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("log_statement = 'ddl'", "log_error_verbosity = 'verbose'")]
    [InlineData("log_statement = 'all'", "log_min_duration_statement = 0", "log_error_verbosity = 'verbose'", "log_parameter_max_length_on_error = -1")]
    public async Task Neither_password_nor_verifier_reaches_a_log_also_when_the_statement_fails(params string[] configuration)
    {
        await using var server = await TestPostgresServer.StartAsync(new TestPostgresOptions { Configuration = configuration }, Token);
        var tenant = Tenant.On(server);
        using var logged = new CapturingLoggerProvider();
        using var logging = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(logged));
        var provisioner = Servers.Provisioner(logging);

        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, Token));
        var replaced = tenant.Wanted with { Password = PasswordGenerator.Generate() };
        Assert.IsType<ProvisioningOutcome.Ready>(await provisioner.ProvisionAsync(tenant.AsAdmin(), replaced, Token));
        var verifier = await server.QueryAsync<string>($"SELECT rolpassword FROM pg_authid WHERE rolname = '{tenant.Role}'", Token);
        var failing = ScramVerifier.Create(tenant.Wanted.Password);
        var failure = await FailToSetAsync(tenant, failing);

        var everything = await server.ReadLogAsync(Token) + string.Join('\n', logged.Lines) + failure;
        Assert.Contains("permission denied", everything, StringComparison.Ordinal);
        Assert.Contains("CREATE ROLE", everything, StringComparison.Ordinal);
        Assert.Contains("set the password of role", everything, StringComparison.Ordinal);
        Assert.StartsWith("SCRAM-SHA-256$", verifier, StringComparison.Ordinal);
        foreach (var secret in new[] { tenant.Wanted.Password.Reveal(), replaced.Password.Reveal(), verifier!, failing.Reveal(), "SCRAM-SHA-256$" })
        {
            Assert.DoesNotContain(secret, everything, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_other_sessions_see_of_it_in_pg_stat_activity_is_constant_text()
    {
        var step = new ProvisioningStep.SetPassword(new PostgresIdentifier("kine"), ScramVerifier.Create(PasswordGenerator.Generate()));

        Assert.Throws<ArgumentOutOfRangeException>(() => ProvisioningSql.Script(step, 150000));
        Assert.DoesNotContain("SCRAM-SHA-256$", $"{step} {step.Description}", StringComparison.Ordinal);
    }

    /// <summary>A role that may not alter the other one tries to set its password: the statement inside the DO block fails.</summary>
    private static async Task<string> FailToSetAsync(Tenant tenant, ScramVerifier verifier)
    {
        var weak = TestRole.WithRandomPassword("weak");
        await tenant.Server.ExecuteAsync($"CREATE ROLE weak LOGIN PASSWORD '{weak.Password}'", Token);
        await tenant.Server.ExecuteAsync($"GRANT ALL ON DATABASE {tenant.Wanted.Database.Quoted} TO weak", Token);
        var options = Microsoft.Extensions.Options.Options.Create(new PostgresOptions());
        var connector = new ServerConnector(new EndpointResolver(new AnyAddress(), options), options, FaultPoints.None);
        await using var session = await connector.OpenAdminAsync(Servers.Of(tenant.Server, weak), tenant.Database, Token);
        var exception = await Assert.ThrowsAsync<PostgresException>(
            () => PasswordSetter.SetAsync(session, new ProvisioningStep.SetPassword(tenant.Wanted.Role, verifier), Token));
        Assert.Equal(SqlStates.InsufficientPrivilege, exception.SqlState);
        return $"{exception} {exception.Where} {exception.InternalQuery} {PostgresFailure.From(exception)}";
    }
}
