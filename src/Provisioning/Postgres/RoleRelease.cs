using Microsoft.Extensions.Logging;
using Npgsql;

namespace Provisioning.Postgres;

/// <summary>Takes a cluster's roles away and keeps the database with all that is in it. Every statement may be repeated: a crash loses nothing.</summary>
internal sealed class RoleRelease(ServerConnector connector, ILogger<RoleRelease> logger)
{
    private const int MaxTerminations = 3;

    /// <summary>Releases. Access is cut before anything else that may fail.</summary>
    public async Task<ReleaseOutcome> RunAsync(
        AdminSession maintenance, PostgresServer server, ReleaseRequest request, CancellationToken cancellationToken)
    {
        var observed = await DatabaseObserver.ObserveOutsideAsync(maintenance, request, cancellationToken);
        var ownership = Ownership.Of(request.Mark, observed);
        if (observed.Role is { } role && !ownership.OfRole)
        {
            logger.RoleLeftAlone(request.Role, role.Mark);
            return new ReleaseOutcome.NotOurs(
                $"role {request.Role} is not marked as this ClusterDataSource's: it was left as it is and can still log in if it could before");
        }

        // A second one that is not ours loses, with the first, whatever it had here.
        List<ReleasedRole> roles =
        [
            .. ownership.OfSecond ? [new ReleasedRole(request.SecondRole!.Value, observed.Second!.Role)] : Array.Empty<ReleasedRole>(),
            .. observed.Role is not null ? [new ReleasedRole(request.Role, observed.Role)] : Array.Empty<ReleasedRole>(),
        ];
        var current = request.Role;
        var isCut = roles.TrueForAll(found => found.IsCut);
        try
        {
            foreach (var open in roles.Where(found => !found.IsCut))
            {
                current = open.Name;
                await maintenance.ExecuteAsync(ReleaseSql.CutAccess(open.Name), cancellationToken);
            }

            isCut = true;
            foreach (var cut in roles)
            {
                current = cut.Name;
                var inside = ownership.OfDatabase ? observed.Database : null;
                await EndAsync(maintenance, cut, observed.Admin.ServerVersion, cancellationToken);
                if (await DropAsync(maintenance, server, new ReleasedFrom(request.Database, cut.Name, inside), cancellationToken) is { } blocked)
                {
                    return blocked;
                }
            }

            return new ReleaseOutcome.Released();
        }
        catch (PostgresException exception) when (SqlStates.MeansReadAgain(exception.SqlState))
        {
            // Somebody else dropped or changed something at the same time: look again.
            logger.ReadingAgain(request.Database, exception.SqlState);
            return new ReleaseOutcome.Busy();
        }
        catch (PostgresException exception) when (exception.SqlState == SqlStates.DependentObjectsStillExist)
        {
            return Block(
                current,
                PostgresReasons.RoleOwnsObjects,
                $"role {current} still owns objects or holds privileges: DROP ROLE {current.Quoted} in psql lists them",
                isCut);
        }
        catch (PostgresException exception) when (exception.SqlState == SqlStates.InsufficientPrivilege)
        {
            return Block(
                current,
                PostgresReasons.AdminPrivilegeMissing,
                $"role {observed.Admin.Name} may not drop role {current}: the database administrator grants it by {Grant(current, request.Database, observed)}",
                isCut);
        }
    }

    private async Task EndAsync(AdminSession maintenance, ReleasedRole role, int serverVersion, CancellationToken cancellationToken)
    {
        if (!role.Observed.AdminIsMember)
        {
            await maintenance.ExecuteAsync(ProvisioningSql.JoinRole(role.Name, serverVersion), cancellationToken);
        }

        logger.AccessCut(role.Name, await EndSessionsAsync(maintenance, role.Name, cancellationToken));
    }

    /// <summary>Null: it is dropped.</summary>
    private async Task<ReleaseOutcome.Blocked?> DropAsync(
        AdminSession maintenance, PostgresServer server, ReleasedFrom place, CancellationToken cancellationToken)
    {
        var (database, role, observed) = place;
        if (observed is { AllowsConnections: true, IsInvalid: false })
        {
            await using var inside = await connector.OpenAdminAsync(server, database.Value, cancellationToken);
            await inside.ExecuteInTransactionAsync(ReleaseSql.Disown(role), cancellationToken);
        }

        var owned = await maintenance.QueryAsync(
            ReleaseSql.OwnedElsewhere, reader => $"{reader.GetString(0)} ({reader.GetInt64(1)})", cancellationToken, role.Value, database.Value);
        if (owned.Count > 0)
        {
            return Block(
                role,
                PostgresReasons.RoleOwnsObjects,
                $"role {role} owns objects or holds privileges in {string.Join(", ", owned)}: reassign them there (REASSIGN OWNED BY {role.Quoted} TO ...; DROP OWNED BY {role.Quoted})",
                true);
        }

        await maintenance.ExecuteAsync(ReleaseSql.Drop(role, observed is null ? null : database), cancellationToken);
        logger.RoleDropped(role, database);
        return null;
    }

    private static async Task<int> EndSessionsAsync(AdminSession maintenance, PostgresIdentifier role, CancellationToken cancellationToken)
    {
        var ended = 0;
        for (var attempt = 0; attempt < MaxTerminations; attempt++)
        {
            var sessions = await maintenance.QueryAsync(
                ReleaseSql.EndSessions, reader => reader.GetBoolean(0), cancellationToken, role.Value);
            if (sessions.Count == 0)
            {
                break;
            }

            ended += sessions.Count(hasEnded => hasEnded);
        }

        return ended;
    }

    private ReleaseOutcome.Blocked Block(PostgresIdentifier role, string reason, string message, bool accessIsCut)
    {
        logger.ReleaseBlocked(role, reason, message);
        return new ReleaseOutcome.Blocked(reason, message, accessIsCut);
    }

    private static string Grant(PostgresIdentifier role, PostgresIdentifier database, Observation observed)
    {
        var admin = new PostgresIdentifier(observed.Admin.Name).Quoted;
        return $"GRANT {role.Quoted} TO {admin} WITH ADMIN OPTION; ALTER DATABASE {database.Quoted} OWNER TO {admin}";
    }

    private sealed record ReleasedRole(PostgresIdentifier Name, ObservedRole Observed)
    {
        public bool IsCut => Observed is { CanLogin: false, ConnectionLimit: 0 };
    }

    /// <summary>A role, and the database that it is disowned in; null: that is gone, or not ours.</summary>
    private sealed record ReleasedFrom(PostgresIdentifier Database, PostgresIdentifier Role, ObservedDatabase? Observed);
}
