namespace Provisioning.Postgres;

/// <summary>
/// The admin's session in one cluster's database: opened when it is first needed, and the same one from then on. A login costs more than
/// all that is asked over it. Not safe for concurrent use.
/// </summary>
internal sealed class ClusterSession(ServerConnector connector, PostgresServer server, PostgresIdentifier database) : IAsyncDisposable
{
    private AdminSession? session;

    /// <summary>The cluster's database.</summary>
    public PostgresIdentifier Database => database;

    /// <summary>What is run once when the session is opened. Null (the default): nothing.</summary>
    public string? Preparation { get; init; }

    /// <summary>The open session.</summary>
    public async ValueTask<AdminSession> GetAsync(CancellationToken cancellationToken)
    {
        if (session is null)
        {
            session = await connector.OpenAdminAsync(server, database.Value, cancellationToken);
            if (Preparation is not null)
            {
                await session.PrepareAsync(Preparation, cancellationToken);
            }
        }

        return session;
    }

    /// <summary>Ends the session; the next one who asks gets a new one.</summary>
    public async ValueTask DisposeAsync()
    {
        var ended = session;
        session = null;
        if (ended is not null)
        {
            await ended.DisposeAsync();
        }
    }
}
