using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Npgsql;
using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Resources;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Credentials go where the policy allows, whatever a name leads to by then.</summary>
public sealed class EndpointResolverTests
{
    private static readonly IOptions<PostgresOptions> Options =
        Microsoft.Extensions.Options.Options.Create(new PostgresOptions { ConnectTimeout = TimeSpan.FromSeconds(15) });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1", "may not be in the loopback range")]
    [InlineData("::1", "may not be in the loopback range")]
    [InlineData("::ffff:127.0.0.1", "may not be in the loopback range")]
    [InlineData("64:ff9b::7f00:1", "may not be in the loopback range")]
    [InlineData("169.254.169.254", "may not be in the link-local range")]
    [InlineData("fe80::1", "may not be in the link-local range")]
    [InlineData("0.0.0.0", "may not be unspecified")]
    [InlineData("224.0.0.1", "may not be in the multicast range")]
    [InlineData("10.96.0.1", "may not be the Kubernetes API server")]
    [InlineData("::ffff:10.96.0.1", "may not be the Kubernetes API server")]
    public async Task A_name_that_leads_to_a_closed_address_leads_nowhere(string address, string problem)
    {
        var policy = new EndpointPolicy(new EndpointOptions(), "10.96.0.1");
        var resolver = Resolver(policy, _ => [IPAddress.Parse(address)]);

        var refused = await Assert.ThrowsAsync<AddressForbiddenException>(() => resolver.ResolveAsync(new PostgresEndpoint("db.example.org", 5432), Token));

        // The rule, but not the address: whoever may create a DataSource is not to look names up through us.
        var rule = policy.FindProblem(IPAddress.Parse(address))!;
        Assert.StartsWith(problem, rule, StringComparison.Ordinal);
        Assert.Equal($"db.example.org leads to no address that may be connected to: it {rule}", refused.Message);
    }

    [Fact]
    public async Task Of_several_addresses_only_the_allowed_ones_are_used_and_the_operators_lists_are_about_names()
    {
        var policy = new EndpointPolicy(new EndpointOptions { AllowedHostSuffixes = ["example.org"], AllowedNetworks = ["192.0.2.0/24"] }, apiServerHost: null);
        var resolver = Resolver(policy, _ => [IPAddress.Loopback, IPAddress.Parse("10.0.0.7"), IPAddress.IPv6Loopback, IPAddress.Parse("10.0.0.8")]);

        var places = await resolver.ResolveAsync(new PostgresEndpoint("db.example.org", 5432), Token);

        Assert.Equal(["10.0.0.7", "10.0.0.8"], places.Select(place => place.Address!.ToString()));
        Assert.All(places, place => Assert.Equal(("db.example.org", 5432), (place.Host, place.Port)));
    }

    [Fact]
    public async Task An_address_that_was_found_once_is_not_looked_up_again()
    {
        // DNS rebinding: the second answer would be another one.
        var answers = new Queue<IPAddress>([IPAddress.Parse("10.0.0.7"), IPAddress.Loopback]);
        var resolver = Resolver(EndpointPolicy.Default, _ => [answers.Dequeue()]);

        var first = Assert.Single(await resolver.ResolveAsync(new PostgresEndpoint("db.example.org", 5432), Token));
        var second = Assert.Single(await resolver.ResolveAsync(first, Token));

        Assert.Equal(first, second);
        Assert.Single(answers);
    }

    [Fact]
    public async Task Whoever_owns_the_name_does_not_choose_how_many_addresses_are_tried()
    {
        var resolver = Resolver(EndpointPolicy.Default, _ => [.. Enumerable.Range(1, 200).Select(last => new IPAddress([10, 0, 0, (byte)last]))]);

        Assert.Equal(EndpointResolver.MaxAddresses, (await resolver.ResolveAsync(new PostgresEndpoint("db.example.org", 5432), Token)).Count);
    }

    [Fact]
    public async Task Nothing_is_sent_to_the_controllers_own_loopback_by_a_name_for_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var authority = new TestCertificateAuthority();
        var server = new PostgresServer
        {
            Endpoints = [new PostgresEndpoint("localhost", ((IPEndPoint)listener.LocalEndpoint).Port)],
            Username = "admin",
            Password = PasswordGenerator.Generate(),
            CertificateAuthority = authority.CertificatePem,
        };
        var provisioner = Servers.Provisioner(resolver: new EndpointResolver(new EndpointAddressPolicy(EndpointPolicy.Default), Options));

        var exception = await Assert.ThrowsAnyAsync<NpgsqlException>(
            () => provisioner.ReleaseAsync(server, new ReleaseRequest(new PostgresIdentifier("db"), new PostgresIdentifier("role"), SecondRole: null, new OwnerMark("mark")), Token));

        var failure = PostgresFailure.From(exception)!;
        Assert.Equal(PostgresReasons.AddressForbidden, failure.Reason);
        Assert.False(failure.IsTransient);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task The_certificate_must_name_the_host_that_was_written_and_not_its_address()
    {
        await using var server = await TestPostgresServer.StartAsync(new TestPostgresOptions { CertificateNames = ["db.example.org"] }, Token);
        var resolver = Resolver(new EndpointPolicy(new EndpointOptions { AllowLoopback = true }, apiServerHost: null), _ => [IPAddress.Loopback]);
        var (tenant, other) = (Tenant.On(server), Tenant.On(server));

        var outcome = await ProvisionAsync(tenant, "db.example.org");
        var exception = await Assert.ThrowsAnyAsync<NpgsqlException>(() => ProvisionAsync(other, "other.example.org"));

        Assert.IsType<ProvisioningOutcome.Ready>(outcome);
        Assert.Equal(PostgresReasons.CertificateInvalid, PostgresFailure.From(exception)!.Reason);

        Task<ProvisioningOutcome> ProvisionAsync(Tenant on, string host) => Servers.Provisioner(resolver: resolver)
            .ProvisionAsync(on.AsAdmin() with { Endpoints = [new PostgresEndpoint(host, server.Port)] }, on.Wanted, Token);
    }

    [Fact]
    public async Task A_dead_address_of_a_name_is_passed_by()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var resolver = Resolver(
            new EndpointPolicy(new EndpointOptions { AllowLoopback = true }, apiServerHost: null), _ => [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]);
        var tenant = Tenant.On(server);

        var outcome = await Servers.Provisioner(resolver: resolver)
            .ProvisionAsync(tenant.AsAdmin() with { Endpoints = [new PostgresEndpoint("localhost", server.Port)] }, tenant.Wanted, Token);

        Assert.IsType<ProvisioningOutcome.Ready>(outcome);
    }

    private static EndpointResolver Resolver(EndpointPolicy policy, Func<string, IPAddress[]> lookup) =>
        new(new EndpointAddressPolicy(policy), Options) { Lookup = (host, _) => Task.FromResult(lookup(host)) };
}
