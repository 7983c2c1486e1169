using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>What the tests of this folder share: servers as the product sees them, and a provisioner.</summary>
internal static class Servers
{
    public static PostgresServer Of(TestPostgresServer server, TestRole role) => new()
    {
        Endpoints = [new PostgresEndpoint(TestPostgresServer.Host, server.Port)],
        Username = role.Name,
        Password = new Password(role.Password),
        CertificateAuthority = server.CertificateAuthority.CertificatePem,
    };

    public static DatabaseProvisioner Provisioner(
        ILoggerFactory? logging = null, PostgresOptions? options = null, Action<string>? faultPoint = null, EndpointResolver? resolver = null)
    {
        var loggers = logging ?? NullLoggerFactory.Instance;
        var wrapped = Patient(options);
        var connector = Connector(wrapped, resolver, faultPoint);
        return new DatabaseProvisioner(
            connector,
            new ServerGate(wrapped),
            new StepExecutor(loggers.CreateLogger<StepExecutor>()),
            new RoleRelease(connector, loggers.CreateLogger<RoleRelease>()),
            loggers.CreateLogger<DatabaseProvisioner>());
    }

    /// <summary>Reads catalogues, each call anew.</summary>
    public static CatalogueReader Catalogues(EndpointResolver? resolver = null) => new(Connector(Patient(null), resolver, faultPoint: null));

    /// <summary>Shares catalogues.</summary>
    public static ServerCatalogues SharedCatalogues(TimeProvider time, EndpointResolver? resolver = null) => new(
        Catalogues(resolver),
        time,
        new PostgresMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()),
        NullLogger<ServerCatalogues>.Instance);

    private static IOptions<PostgresOptions> Patient(PostgresOptions? options) =>
        Options.Create(options ?? new PostgresOptions { ConnectTimeout = TimeSpan.FromSeconds(15) });

    private static ServerConnector Connector(IOptions<PostgresOptions> options, EndpointResolver? resolver, Action<string>? faultPoint) =>
        new(resolver ?? new EndpointResolver(new AnyAddress(), options), options, new FaultPoints(faultPoint));
}

/// <summary>Allows everything: the tests' servers listen on loopback.</summary>
internal sealed class AnyAddress : IAddressPolicy
{
    public string? FindProblem(IPAddress address) => null;
}
