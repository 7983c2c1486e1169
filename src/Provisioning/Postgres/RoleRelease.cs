using Microsoft.Extensions.Logging;
using Npgsql;

namespace Provisioning.Postgres;

/// <summary>What is to be released.</summary>
internal sealed record ReleaseRequest(PostgresIdentifier Database, PostgresIdentifier Role, OwnerMark Mark);

/// <summary>Takes a role away and keeps the database with all that is in it. Every statement may be repeated: a crash loses nothing.</summary>
internal sealed class RoleRelease(ServerConnector connector, ILogger<RoleRelease> logger)
{
    private const int MaxTerminations = 3;

    /// <summary>Releases. Access is cut before anything else that may fail.</summary>
    public async Task<ReleaseOutcome> RunAsync(
        AdminSession maintenance, PostgresServer server, ReleaseRequest request, CancellationToken cancellationToken)
    {
        var observed = await DatabaseObserver.ObserveOutsideAsync(maintenance, request.Database, request.Role, cancellationToken);
        if (observed.Role is not { } role)
        {
            return new ReleaseOutcome.Released();
        }

        var ownership = Ownership.Of(request.Mark, observed.Admin.Name, role, observed.Database);
        if (!ownership.OfRole)
        {
            logger.RoleLeftAlone(request.Role, role.Mark);
            return new ReleaseOutcome.NotOurs(
                $"role {request.Role} is not marked as this ClusterDataSource's: it was left as it is and can still log in if it could before");
        }

        var isCut = role is { CanLogin: false, ConnectionLimit: 0 };
        try
        {
            if (!isCut)
            {
                await maintenance.ExecuteAsync(ReleaseSql.CutAccess(request.Role), cancellationToken);
                isCut = true;
            }

            return await DropAsync(maintenance, server, request, observed, ownership, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == SqlStates.UndefinedObject)
        {
            // Somebody else dropped it at the same time.
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
                request,
                PostgresReasons.RoleOwnsObjects,
                $"role {request.Role} still owns objects or holds privileges: DROP ROLE {request.Role.Quoted} in psql lists them",
                isCut);
        }
        catch (PostgresException exception) when (exception.SqlState == SqlStates.InsufficientPrivilege)
        {
            return Block(
                request,
                PostgresReasons.AdminPrivilegeMissing,
                $"role {observed.Admin.Name} may not drop role {request.Role}: the database administrator grants it by {Grant(request, observed)}",
                isCut);
        }
    }

    private async Task<ReleaseOutcome> DropAsync(
        AdminSession maintenance,
        PostgresServer server,
        ReleaseRequest request,
        Observation observed,
        Ownership ownership,
        CancellationToken cancellationToken)
    {
        if (!observed.Role!.AdminIsMember)
        {
            await maintenance.ExecuteAsync(ProvisioningSql.JoinRole(request.Role, observed.Admin.ServerVersion), cancellationToken);
        }

        var ended = await EndSessionsAsync(maintenance, request.Role, cancellationToken);
        logger.AccessCut(request.Role, ended);
        if (ownership.OfDatabase && observed.Database is { AllowsConnections: true, IsInvalid: false })
        {
            await using var inside = await connector.OpenAdminAsync(server, request.Database.Value, cancellationToken);
            await inside.ExecuteInTransactionAsync(ReleaseSql.Disown(request.Role), cancellationToken);
        }

        var owned = await maintenance.QueryAsync(
            ReleaseSql.OwnedElsewhere, reader => $"{reader.GetString(0)} ({reader.GetInt64(1)})", cancellationToken, request.Role.Value, request.Database.Value);
        if (owned.Count > 0)
        {
            return Block(
                request,
                PostgresReasons.RoleOwnsObjects,
                $"role {request.Role} owns objects or holds privileges in {string.Join(", ", owned)}: reassign them there (REASSIGN OWNED BY {request.Role.Quoted} TO ...; DROP OWNED BY {request.Role.Quoted})",
                true);
        }

        await maintenance.ExecuteAsync(ReleaseSql.Drop(request.Role, ownership.OfDatabase ? request.Database : null), cancellationToken);
        logger.RoleDropped(request.Role, request.Database);
        return new ReleaseOutcome.Released();
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

    private ReleaseOutcome.Blocked Block(ReleaseRequest request, string reason, string message, bool accessIsCut)
    {
        logger.ReleaseBlocked(request.Role, reason, message);
        return new ReleaseOutcome.Blocked(reason, message, accessIsCut);
    }

    private static string Grant(ReleaseRequest request, Observation observed)
    {
        var admin = new PostgresIdentifier(observed.Admin.Name).Quoted;
        return $"GRANT {request.Role.Quoted} TO {admin} WITH ADMIN OPTION; ALTER DATABASE {request.Database.Quoted} OWNER TO {admin}";
    }
}
