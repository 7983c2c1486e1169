using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Webhook.Tests.SelfSigned;

/// <summary>Twenty years of three replicas: whatever is renewed when, the API server trusts whatever any of them serves.</summary>
public sealed class LifeTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(20);

    [Fact]
    public async Task Every_replica_is_trusted_at_every_moment_of_twenty_years()
    {
        var clock = new Clock();
        var cluster = new FakeCluster();
        Replica[] replicas = [new(cluster, clock, 0.1), new(cluster, clock, 0.5), new(cluster, clock, 0.9)];
        var leaves = new HashSet<string>(StringComparer.Ordinal);
        var authorities = new HashSet<string>(StringComparer.Ordinal);
        foreach (var replica in replicas)
        {
            await replica.LookAsync();
        }

        var end = clock.Now.AddYears(20);
        var seen = cluster.Bundles;
        while (clock.Now < end)
        {
            foreach (var replica in replicas)
            {
                Assert.True(await replica.LookAsync());

                // Also an API server that is a step behind.
                ApiServer.AssertTrusts(seen, replica.Served, clock.Now);
                ApiServer.AssertTrusts(cluster.Bundles, replica.Served, clock.Now);
                leaves.Add(replica.Served.Thumbprint);
                authorities.Add(replica.Served.Issuer);
            }

            seen = cluster.Bundles;
            clock.Now += NextStep(clock, replicas);
        }

        Assert.InRange(leaves.Count, 20 * 6, 20 * 7);
        Assert.InRange(authorities.Count, 3, 4);
        Assert.All(cluster.Bundles, bundle => Assert.InRange(bundle.Split("BEGIN").Length - 1, 1, 2));
        Array.ForEach(replicas, replica => replica.Dispose());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task No_accident_with_the_Secret_costs_trust(int seed)
    {
        var random = new Random(seed);
        var clock = new Clock();
        var cluster = new FakeCluster();
        Replica[] replicas = [new(cluster, clock, 0.1), new(cluster, clock, 0.9)];
        await LookAsync(replicas[0]);
        await LookAsync(replicas[1]);
        string[] keys = ["tls.crt", "tls.key", "ca.crt", "ca.key", "next-ca.crt", "next-ca.key", "former-ca.crt"];
        var seen = cluster.Bundles;

        for (var round = 0; round < 300; round++)
        {
            switch (random.Next(8))
            {
                case 0:
                    cluster.DeleteSecret();
                    break;
                case 1:
                    cluster.ChangeSecret(keys[random.Next(keys.Length)], random.Next(2) == 0 ? null : "garbage");
                    break;
                case 2:
                    clock.Now += TimeSpan.FromDays(random.Next(40));
                    break;
                default:
                    break;
            }

            foreach (var replica in replicas)
            {
                await LookAsync(replica);
            }

            foreach (var replica in replicas)
            {
                ApiServer.AssertTrusts(cluster.Bundles, replica.Served, clock.Now);
                Assert.Equal(HealthStatus.Healthy, (await replica.HealthAsync()).Status);
            }

            clock.Now += TimeSpan.FromMinutes(random.Next(90));
        }

        Array.ForEach(replicas, replica => replica.Dispose());
    }

    private static async Task LookAsync(Replica replica)
    {
        while (!await replica.LookAsync())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    // Days pass quickly while nothing is due; around a renewal every step is looked at.
    private static TimeSpan NextStep(Clock clock, Replica[] replicas)
    {
        var due = replicas.Min(replica => replica.NextMoment);
        var left = due - clock.Now;
        return left > 2 * Step ? left - Step : Step;
    }
}
