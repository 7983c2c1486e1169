using System.Collections.Concurrent;
using TestPostgres;

[assembly: AssemblyFixture(typeof(Provisioning.Tests.Postgres.PostgresServers))]

namespace Provisioning.Tests.Postgres;

/// <summary>One server of each major version for the whole run, started when the first test asks for it.</summary>
public sealed class PostgresServers : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, Lazy<Task<TestPostgresServer>>> servers = new();

    public Task<TestPostgresServer> GetAsync(int major) => servers.GetOrAdd(
        major,
        wanted => new Lazy<Task<TestPostgresServer>>(() => TestPostgresServer.StartAsync(
            new TestPostgresOptions
            {
                Binaries = PostgresBinaries.Find(wanted)
                    ?? throw new InvalidOperationException($"PostgreSQL {wanted} is not installed: run scripts/postgres-versions.sh."),
                Configuration = ["max_connections = 200"],
            },
            CancellationToken.None))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers.Values.Where(server => server.IsValueCreated))
        {
            if (server.Value.IsCompletedSuccessfully)
            {
                await (await server.Value).DisposeAsync();
            }
        }
    }
}
