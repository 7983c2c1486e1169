using System.Security.Cryptography.X509Certificates;
using Npgsql;

namespace Provisioning.Postgres;

/// <summary>One unpooled connection. Not safe for concurrent use. Disposing it ends the session, and with it the advisory lock.</summary>
/// <param name="dataSource">Opens it; the session's own.</param>
/// <param name="endpoint">Where that leads to.</param>
/// <param name="roots">What the server's certificate is verified with; the session's own. Null: the system's trust store.</param>
/// <param name="faults">Are told of every effect.</param>
internal sealed class AdminSession(
    NpgsqlMultiHostDataSource dataSource, PostgresEndpoint endpoint, X509Certificate2Collection? roots, IFaultPoints faults) : IAsyncDisposable
{
    /// <summary>Makes the session one that only looks: it changes nothing, and no statement of it runs longer than 10 s.</summary>
    public const string ReadOnly = "SET default_transaction_read_only = on; SET statement_timeout = '10s'";

    private NpgsqlConnection? connection;

    private NpgsqlConnection Connection => connection ?? throw new InvalidOperationException("The session is not open.");

    /// <summary>Where the session is: an endpoint at one of its addresses.</summary>
    public PostgresEndpoint Endpoint => endpoint;

    /// <summary>The process id that the other end gave at the start; a server's own, but for poolers.</summary>
    public int ProcessId => Connection.ProcessID;

    /// <summary>A connection pooler in session mode stands before the server. Only known of sessions in the maintenance database.</summary>
    public bool IsPooled { get; set; }

    /// <summary>Connects; fails when this is a standby.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        // Npgsql does not look at the token while it waits for a silent server's first byte: leave it to its timeout then.
        var opening = dataSource.OpenConnectionAsync(TargetSessionAttributes.Primary, cancellationToken).AsTask();
        try
        {
            connection = await opening.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!opening.IsCompleted)
        {
            _ = CloseLaterAsync(opening);
            throw;
        }
    }

    /// <summary>Runs statements, each its own command: CREATE DATABASE refuses to run with others (25001).</summary>
    public async Task ExecuteAsync(IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        foreach (var statement in statements)
        {
            await ExecuteAsync(statement, cancellationToken);
        }
    }

    /// <summary>Runs one statement.</summary>
    public Task ExecuteAsync(string statement, CancellationToken cancellationToken)
    {
        faults.Reach(statement);
        return PrepareAsync(statement, cancellationToken);
    }

    /// <summary>Runs statements that have no effect beyond this session.</summary>
    public async Task PrepareAsync(string statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement, Connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Runs statements in one transaction: all or none.</summary>
    public async Task ExecuteInTransactionAsync(IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        await using var transaction = await BeginAsync(cancellationToken);
        await ExecuteAsync(statements, cancellationToken);
        await CommitAsync(transaction, cancellationToken);
    }

    /// <summary>Begins a transaction; disposing it without a commit rolls back.</summary>
    public ValueTask<NpgsqlTransaction> BeginAsync(CancellationToken cancellationToken) => Connection.BeginTransactionAsync(cancellationToken);

    /// <summary>Commits what <see cref="BeginAsync"/> began.</summary>
    public Task CommitAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        faults.Reach("COMMIT");
        return transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Reads all rows.</summary>
    /// <param name="query">The text; values are <c>$1</c>, <c>$2</c>...</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="values">The values.</param>
    public async Task<List<T>> QueryAsync<T>(
        string query, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(query, Connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Starts <c>COPY ... FROM STDIN (FORMAT binary)</c>: what is sent so appears in no log of the server.</summary>
    public Task<NpgsqlBinaryImporter> CopyAsync(string statement, CancellationToken cancellationToken)
    {
        faults.Reach(statement);
        return Connection.BeginBinaryImportAsync(statement, cancellationToken);
    }

    private static async Task CloseLaterAsync(Task<NpgsqlConnection> opening)
    {
        try
        {
            await using var late = await opening;
        }
        catch (Exception)
        {
            // Whoever asked for this connection has gone; nobody is left to be told that it failed.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }

        await dataSource.DisposeAsync();
        foreach (var root in roots ?? [])
        {
            root.Dispose();
        }
    }
}
