using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

public sealed class RestartTests
{
    private const int Tenants = 40;
    private const int Restarts = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_stops_and_crashes_all_the_time_loses_nobodys_database()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var tenants = Enumerable.Range(0, Tenants).Select(_ => Tenant.On(server)).ToList();
        var ready = 0;
        using var mayGoOn = new SemaphoreSlim(0);

        // A restart each time another share of the tenants is ready, so in the middle of the others' work.
        var working = Parallel.ForEachAsync(
            tenants,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token },
            async (tenant, token) =>
            {
                await ProvisionAsync(tenant, token);
                if (Interlocked.Increment(ref ready) % (Tenants / (Restarts + 1)) == 0)
                {
                    mayGoOn.Release();
                }
            });
        for (var restart = 0; restart < Restarts; restart++)
        {
            await mayGoOn.WaitAsync(Token);
            await (restart % 2 == 0 ? server.KillAsync() : server.StopAsync());
            await server.StartAgainAsync();
        }

        await working;
        foreach (var tenant in tenants)
        {
            await tenant.StartKineAsync(Token);
        }
    }

    /// <summary>Tries again as the work queue does, as long as the failure is one that passes by itself.</summary>
    private static async Task ProvisionAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(5));
        var provisioner = Servers.Provisioner();
        while (true)
        {
            try
            {
                var outcome = await provisioner.ProvisionAsync(tenant.AsAdmin(), tenant.Wanted, deadline.Token);
                if (outcome is not ProvisioningOutcome.Busy)
                {
                    Assert.IsType<ProvisioningOutcome.Ready>(outcome);
                    return;
                }
            }
            catch (NpgsqlException exception) when (PostgresFailure.From(exception) is { IsTransient: true })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), deadline.Token);
            }
        }
    }
}
