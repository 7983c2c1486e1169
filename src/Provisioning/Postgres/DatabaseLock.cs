using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Provisioning.Postgres;

/// <summary>
/// The lock on one database's provisioning, over all processes: a session-level advisory lock, which the server drops with the
/// session. Advisory locks count within one database, so it is always taken in the maintenance database.
/// </summary>
internal sealed class DatabaseLock : IAsyncDisposable
{
    private readonly AdminSession maintenance;
    private readonly PostgresIdentifier database;

    private DatabaseLock(AdminSession maintenance, PostgresIdentifier database)
    {
        this.maintenance = maintenance;
        this.database = database;
    }

    /// <summary>Takes the lock without waiting; null when another session has it.</summary>
    public static async Task<DatabaseLock?> TryTakeAsync(AdminSession maintenance, PostgresIdentifier database, CancellationToken cancellationToken)
    {
        var taken = await maintenance.QueryAsync(
            "SELECT pg_try_advisory_lock($1)", reader => reader.GetBoolean(0), cancellationToken, Key(database));
        return taken is [true] ? new DatabaseLock(maintenance, database) : null;
    }

    /// <summary>Gives the lock back, so that whoever comes next need not wait until the server noticed the end of the session.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await maintenance.QueryAsync(
                "SELECT pg_advisory_unlock($1)", reader => reader.GetBoolean(0), CancellationToken.None, Key(database));
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // The session is broken, and with it the server drops the lock. What broke it is on its way up already.
        }
    }

    /// <summary>The key: the same in every process and version, so part of the contract between them.</summary>
    internal static long Key(PostgresIdentifier database) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"clusterdatasource/{database.Value}")));
}
