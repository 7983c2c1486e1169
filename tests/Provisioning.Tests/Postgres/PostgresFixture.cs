using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>One server for a test class.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    public TestPostgresServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Server = await TestPostgresServer.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Server is null ? ValueTask.CompletedTask : Server.DisposeAsync();
}
