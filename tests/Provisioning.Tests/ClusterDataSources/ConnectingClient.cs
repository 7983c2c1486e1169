using Npgsql;
using Provisioning.Postgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>
/// Uses a database as kine does: one session that stays, as in its pool, and new ones all the time, each of which writes a row. Ends with the
/// number of rows, or with the first failure.
/// </summary>
internal sealed class ConnectingClient : IAsyncDisposable
{
    private readonly string connectionString;
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim rows = new(0);
    private readonly Task<int> running;

    /// <param name="dsn">What the Secret said when its control plane started.</param>
    /// <param name="authorityFile">The CA that it mounted.</param>
    public ConnectingClient(string dsn, string authorityFile)
    {
        connectionString = ConnectionString(dsn, authorityFile);
        running = RunAsync();
    }

    public static string ConnectionString(string dsn, string authorityFile)
    {
        var parsed = KineDsn.Parse(dsn) ?? throw new ArgumentException("Not a DSN of ours.", nameof(dsn));
        return new NpgsqlConnectionStringBuilder
        {
            Host = parsed.Endpoints[0].Host,
            Port = parsed.Endpoints[0].Port,
            Username = parsed.Role.Value,
            Password = parsed.Password.Reveal(),
            Database = parsed.Database.Value,
            SslMode = SslMode.VerifyFull,
            RootCertificate = authorityFile,
            Pooling = false,
        }.ConnectionString;
    }

    /// <summary>Returns when this many more rows were written; throws what made the client fail.</summary>
    public async Task WriteAsync(int count, CancellationToken cancellationToken)
    {
        for (var row = 0; row < count; row++)
        {
            var written = rows.WaitAsync(cancellationToken);
            if (await Task.WhenAny(written, running) == running)
            {
                await running;
            }

            await written;
        }
    }

    /// <summary>Stops after the row that it is at; the number of all rows.</summary>
    public async Task<int> StopAsync()
    {
        await stop.CancelAsync();
        return await running;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAny(running);
        stop.Dispose();
        rows.Dispose();
    }

    private async Task<int> RunAsync()
    {
        await using var pooled = await OpenAsync();
        await ExecuteAsync(pooled, "CREATE TABLE IF NOT EXISTS kine (id bigserial PRIMARY KEY, name text); CREATE INDEX IF NOT EXISTS kine_name ON kine (name)");
        var count = 0;
        while (!stop.IsCancellationRequested)
        {
            await using var connection = await OpenAsync();
            await ExecuteAsync(connection, "INSERT INTO kine (name) VALUES ('/registry/one')");
            count++;
            rows.Release();
        }

        await ExecuteAsync(pooled, "SELECT count(*) FROM kine");
        return count;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
