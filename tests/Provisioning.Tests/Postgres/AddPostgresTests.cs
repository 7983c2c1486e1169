using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Provisioning.Postgres;
using Provisioning.Reconciliation;

namespace Provisioning.Tests.Postgres;

public sealed class AddPostgresTests
{
    [Fact]
    public void By_default_several_silent_servers_do_not_hold_all_workers() =>
        Assert.True(new PostgresOptions().MaxConcurrencyPerServer * 4 < new ReconciliationOptions().Workers);

    [Fact]
    public void Registers_the_provisioner_with_the_options_of_its_section()
    {
        using var services = Build(("Postgres:ConnectTimeout", "00:00:07"));

        Assert.IsType<DatabaseProvisioner>(services.GetRequiredService<IDatabaseProvisioner>());
        Assert.Equal(TimeSpan.FromSeconds(7), services.GetRequiredService<IOptions<PostgresOptions>>().Value.ConnectTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), services.GetRequiredService<IOptions<PostgresOptions>>().Value.CommandTimeout);
    }

    [Fact]
    public void Names_every_wrong_option_and_its_bounds()
    {
        using var services = Build(("Postgres:ConnectTimeout", "00:00:00"), ("Postgres:CommandTimeout", "1.00:00:00"), ("Postgres:MaxConcurrencyPerServer", "0"), ("Postgres:MaxConcurrencyOfSilentServers", "101"));

        var exception = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<PostgresOptions>>().Value);

        Assert.Equal(4, exception.Failures.Count());
        Assert.Contains("Postgres:ConnectTimeout is 00:00:00; set it to 00:00:01 or more and 00:01:00 or less.", exception.Message, StringComparison.Ordinal);
    }

    private static ServiceProvider Build(params (string Key, string Value)[] settings) => new ServiceCollection()
        .AddLogging()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value, StringComparer.Ordinal))
            .Build())
        .AddSingleton<IAddressPolicy, AnyAddress>()
        .AddPostgres()
        .BuildServiceProvider();
}
