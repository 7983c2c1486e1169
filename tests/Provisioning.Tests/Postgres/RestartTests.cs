using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

public sealed class RestartTests
{
    private const int Tenants = 100;
    private const int Restarts = 10;

    /// <summary>Less than the effects that making one database has, so that every moment comes.</summary>
    private const int EffectsOfEach = 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_stops_and_crashes_all_the_time_loses_nobodys_database()
    {
        await using var server = await TestPostgresServer.StartAsync(Token);
        var tenants = Enumerable.Range(0, Tenants).Select(_ => Tenant.On(server)).ToList();
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var moments = Enumerable.Range(0, Restarts).Select(_ => random.Next(1, Tenants * EffectsOfEach)).ToHashSet();
        var effects = 0;
        using var mayGoOn = new SemaphoreSlim(0);

        // A restart right before a statement drawn by lot, and in the middle of whatever the others are at.
        var working = Parallel.ForEachAsync(
            tenants,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token },
            async (tenant, token) =>
            {
                await ProvisionAsync(tenant, Reach, token);
            });
        foreach (var _ in moments)
        {
            await mayGoOn.WaitAsync(Token);
            await (random.Next(2) == 0 ? server.KillAsync() : server.StopAsync());
            await server.StartAgainAsync();
        }

        await working;
        foreach (var tenant in tenants)
        {
            await tenant.StartKineAsync(Token);
        }

        void Reach(string effect)
        {
            if (moments.Contains(Interlocked.Increment(ref effects)))
            {
                mayGoOn.Release();
            }
        }
    }

    /// <summary>Tries again as the work queue does, as long as the failure is one that passes by itself.</summary>
    private static async Task ProvisionAsync(Tenant tenant, Action<string> faultPoint, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(5));
        var provisioner = Servers.Provisioner(faultPoint: faultPoint);
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
