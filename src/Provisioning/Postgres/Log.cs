using Microsoft.Extensions.Logging;

namespace Provisioning.Postgres;

/// <summary>Events 4000 to 4999. No event has a password, a verifier, a DSN or a statement in it.</summary>
internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Information, "{Step} for database {Database}")]
    public static partial void StepTaken(this ILogger logger, string step, PostgresIdentifier database);

    [LoggerMessage(4001, LogLevel.Debug, "Somebody else changed database {Database} or its role at the same time ({SqlState}): reading again")]
    public static partial void ReadingAgain(this ILogger logger, PostgresIdentifier database, string sqlState);

    [LoggerMessage(4002, LogLevel.Warning, "Database {Database} is refused: {Reason}: {Message}")]
    public static partial void Refused(this ILogger logger, PostgresIdentifier database, string reason, string message);

    [LoggerMessage(4003, LogLevel.Information, "Role {Role} can no longer log in; {Sessions} sessions of it were ended")]
    public static partial void AccessCut(this ILogger logger, PostgresIdentifier role, int sessions);

    [LoggerMessage(4004, LogLevel.Information, "Role {Role} is dropped; database {Database} is kept")]
    public static partial void RoleDropped(this ILogger logger, PostgresIdentifier role, PostgresIdentifier database);

    [LoggerMessage(4005, LogLevel.Warning, "Role {Role} is left alone: it is not marked as ours but '{Mark}'")]
    public static partial void RoleLeftAlone(this ILogger logger, PostgresIdentifier role, string? mark);

    [LoggerMessage(4007, LogLevel.Warning, "The {Kind} {Name} is marked '{Mark}'")]
    public static partial void MarkedForAnother(this ILogger logger, string kind, PostgresIdentifier name, string mark);

    [LoggerMessage(4006, LogLevel.Warning, "Role {Role} cannot be dropped: {Reason}: {Message}")]
    public static partial void ReleaseBlocked(this ILogger logger, PostgresIdentifier role, string reason, string message);

    [LoggerMessage(4008, LogLevel.Warning, "The catalogue of the server at {Endpoints} could not be read: each of its databases is looked at by itself")]
    public static partial void CatalogueUnreadable(this ILogger logger, string endpoints, Exception exception);
}
