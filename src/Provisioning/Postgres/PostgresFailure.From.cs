using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Provisioning.Postgres;

public sealed partial record PostgresFailure
{
    /// <summary>Explains an exception of this folder or of Npgsql. Null: it is no failure of a server, and to be treated as a defect.</summary>
    public static PostgresFailure? From(Exception exception) => exception switch
    {
        CertificateAuthorityException => new(
            PostgresReasons.CertificateAuthorityInvalid, "the referenced CA holds no PEM certificate that can be read", null, false),
        AddressForbiddenException forbidden => new(PostgresReasons.AddressForbidden, forbidden.Message, null, false),
        TransactionPoolingException => new(
            PostgresReasons.TransactionPooling,
            "a connection pooler in transaction or statement mode answers at the endpoint, and no session there is one: name the server itself, a TCP proxy, or a pooler in session mode",
            null,
            false),
        PostgresException refused => FromSqlState(refused),
        NpgsqlException { InnerException: AggregateException several } => FromEndpoints(several.InnerExceptions),
        NpgsqlException { InnerException: { } inner } when From(inner) is { } failure => failure,
        AuthenticationException => new(
            PostgresReasons.CertificateInvalid,
            "the server's certificate does not chain to the CA, does not name the endpoint's host, or is expired",
            null,
            false),
        SocketException socket => new(
            PostgresReasons.ServerUnreachable, $"no endpoint accepts connections ({socket.SocketErrorCode})", null, true),
        TimeoutException => new(PostgresReasons.Timeout, "the server did not answer in time", null, true),
        IOException => new(PostgresReasons.ConnectionLost, "the connection broke", null, true),
        NpgsqlException npgsql => FromText(npgsql.Message),
        _ => null,
    };

    /// <summary>Of several endpoints' failures the one that a person can do most about: what a server said, before silence, and the silence
    /// of one before that another is its standby.</summary>
    private static PostgresFailure? FromEndpoints(IReadOnlyCollection<Exception> exceptions) => exceptions
        .Select(From)
        .OfType<PostgresFailure>()
        .OrderBy(failure => failure.IsTransient)
        .ThenBy(failure => failure.SqlState is null)
        .ThenBy(failure => failure.Reason == PostgresReasons.NoPrimary)
        .FirstOrDefault();

    /// <summary>Npgsql has neither a type nor a code for these; tests provoke each, so that a new text does not go unnoticed, and an
    /// unknown one is still a failure.</summary>
    private static PostgresFailure FromText(string message) => message switch
    {
        _ when message.StartsWith("No suitable host was found", StringComparison.Ordinal) => new(
            PostgresReasons.NoPrimary, "every endpoint that answered is a read-only standby", null, true),
        _ when message.Contains("authentication method is not allowed", StringComparison.Ordinal) => new(
            PostgresReasons.AuthenticationMethodRefused,
            "the server asks for the password in another way than SCRAM-SHA-256 and got none: set password_encryption = 'scram-sha-256', then the password again, and scram-sha-256 in pg_hba.conf",
            null,
            false),
        _ when message.StartsWith("SSL connection requested", StringComparison.Ordinal) => new(
            PostgresReasons.TlsUnavailable, "the server does not speak TLS: set ssl = on", null, false),
        _ => new(PostgresReasons.ConnectionLost, "the connection could not be made or was lost", null, true),
    };

    private static PostgresFailure FromSqlState(PostgresException exception)
    {
        var state = exception.SqlState;
        PostgresFailure Failure(string reason, string message, bool isTransient) => new(reason, $"{message} (SQLSTATE {state})", state, isTransient);

        return state switch
        {
            SqlStates.InvalidPassword => Failure(
                PostgresReasons.AuthenticationFailed, "the server refused the user name or password", false),
            SqlStates.InvalidAuthorization => Failure(
                PostgresReasons.AuthenticationFailed, "the server does not let the role in: it may not log in, or pg_hba.conf has no line for it", false),
            SqlStates.InvalidCatalogName => Failure(
                PostgresReasons.MaintenanceDatabaseMissing, "the database to connect to does not exist", false),
            SqlStates.TooManyConnections => Failure(
                PostgresReasons.TooManyConnections, "the server or the role has no connection left", true),
            SqlStates.CannotConnectNow => Failure(
                PostgresReasons.ServerStarting, "the server starts, stops or recovers", true),
            SqlStates.AdminShutdown or SqlStates.CrashShutdown or SqlStates.DatabaseDropped => Failure(
                PostgresReasons.ConnectionLost, "the server ended the session", true),
            SqlStates.ReadOnlyTransaction => Failure(
                PostgresReasons.NoPrimary, "the server is a read-only standby", true),
            SqlStates.InsufficientPrivilege => Failure(
                PostgresReasons.PermissionDenied, "the admin role lacks a privilege for this", false),
            SqlStates.ObjectNotInPrerequisiteState => Failure(
                PostgresReasons.DatabaseClosed, "the database does not accept connections", false),
            SqlStates.QueryCanceled or SqlStates.LockNotAvailable => Failure(
                PostgresReasons.Timeout, "a statement waited too long", true),
            SqlStates.ObjectInUse or SqlStates.SerializationFailure or SqlStates.DeadlockDetected => Failure(
                PostgresReasons.Conflict, "others are using or changing the same thing", true),
            SqlStates.DiskFull or SqlStates.OutOfMemory => Failure(
                PostgresReasons.ServerOutOfResources, "the server's disk or memory is full", true),
            SqlStates.InternalError => Failure(
                PostgresReasons.Conflict, "an internal error of the server, as others cause it who change the same thing at the same time", true),
            _ when SqlStates.MeansReadAgain(state) => Failure(
                PostgresReasons.Conflict, "others changed the same thing at the same time", true),
            _ when state.StartsWith(SqlStates.ConnectionExceptionClass, StringComparison.Ordinal) => Failure(
                PostgresReasons.ConnectionLost, "the connection broke", true),
            _ => Failure(PostgresReasons.StatementFailed, "a statement failed", false),
        };
    }
}
