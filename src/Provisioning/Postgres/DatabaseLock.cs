using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Provisioning.Postgres;

/// <summary>
/// The lock on one database's provisioning, over all processes: a session-level advisory lock, which the server drops with the
/// session. Advisory locks count within one database, so it is always taken in the maintenance database.
/// </summary>
internal static class DatabaseLock
{
    /// <summary>Takes the lock without waiting; false when another session has it.</summary>
    public static async Task<bool> TryTakeAsync(AdminSession maintenance, PostgresIdentifier database, CancellationToken cancellationToken)
    {
        var taken = await maintenance.QueryAsync(
            "SELECT pg_try_advisory_lock($1)", reader => reader.GetBoolean(0), cancellationToken, Key(database));
        return taken is [true];
    }

    /// <summary>The key: the same in every process and version, so part of the contract between them.</summary>
    internal static long Key(PostgresIdentifier database) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"clusterdatasource/{database.Value}")));
}
