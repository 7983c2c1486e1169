namespace Provisioning.Postgres;

/// <summary>The closed list of reasons, each with a heading in docs/reasons.md.</summary>
public static class PostgresReasons
{
    /// <summary>The endpoint's host leads only to addresses that credentials may not be sent to.</summary>
    public const string AddressForbidden = nameof(AddressForbidden);

    /// <summary>The admin role lacks a privilege or ADMIN OPTION that a database administrator can grant.</summary>
    public const string AdminPrivilegeMissing = nameof(AdminPrivilegeMissing);

    /// <summary>The server refused the admin's password or role, or pg_hba.conf does not let it in.</summary>
    public const string AuthenticationFailed = nameof(AuthenticationFailed);

    /// <summary>The server asks for a password in another way than SCRAM-SHA-256; it got none.</summary>
    public const string AuthenticationMethodRefused = nameof(AuthenticationMethodRefused);

    /// <summary>The referenced CA holds no readable certificate.</summary>
    public const string CertificateAuthorityInvalid = nameof(CertificateAuthorityInvalid);

    /// <summary>The server's certificate does not chain to the CA, does not name the host, or is expired.</summary>
    public const string CertificateInvalid = nameof(CertificateInvalid);

    /// <summary>Somebody else changes the same thing at the same time.</summary>
    public const string Conflict = nameof(Conflict);

    /// <summary>The server ended the connection, or it broke.</summary>
    public const string ConnectionLost = nameof(ConnectionLost);

    /// <summary>The database does not accept connections.</summary>
    public const string DatabaseClosed = nameof(DatabaseClosed);

    /// <summary>A DROP DATABASE was interrupted; the database can only be dropped.</summary>
    public const string DatabaseInvalid = nameof(DatabaseInvalid);

    /// <summary>The database of a cluster that was ready before is not on the server.</summary>
    public const string DatabaseMissing = nameof(DatabaseMissing);

    /// <summary>The maintenance database does not exist.</summary>
    public const string MaintenanceDatabaseMissing = nameof(MaintenanceDatabaseMissing);

    /// <summary>Something of that name exists and does not have our mark.</summary>
    public const string NameConflict = nameof(NameConflict);

    /// <summary>Only standbys answered.</summary>
    public const string NoPrimary = nameof(NoPrimary);

    /// <summary>The server refused a statement for want of a privilege.</summary>
    public const string PermissionDenied = nameof(PermissionDenied);

    /// <summary>The role cannot log in, and not because of its password.</summary>
    public const string RoleLoginRefused = nameof(RoleLoginRefused);

    /// <summary>The role owns or may use things in other databases.</summary>
    public const string RoleOwnsObjects = nameof(RoleOwnsObjects);

    /// <summary>The server's disk or memory is full.</summary>
    public const string ServerOutOfResources = nameof(ServerOutOfResources);

    /// <summary>The server starts, stops or recovers.</summary>
    public const string ServerStarting = nameof(ServerStarting);

    /// <summary>No endpoint accepted a connection.</summary>
    public const string ServerUnreachable = nameof(ServerUnreachable);

    /// <summary>The server does not speak TLS.</summary>
    public const string TlsUnavailable = nameof(TlsUnavailable);

    /// <summary>A statement failed for a reason that this list has no name for; the SQLSTATE tells.</summary>
    public const string StatementFailed = nameof(StatementFailed);

    /// <summary>The server accepted statements that then had no effect.</summary>
    public const string StatementHadNoEffect = nameof(StatementHadNoEffect);

    /// <summary>The server did not answer in time.</summary>
    public const string Timeout = nameof(Timeout);

    /// <summary>The server has no connection left, or the admin role is at its limit.</summary>
    public const string TooManyConnections = nameof(TooManyConnections);

    /// <summary>A connection pooler answers that shares the server's processes among sessions.</summary>
    public const string TransactionPooling = nameof(TransactionPooling);
}
