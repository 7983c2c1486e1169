namespace Provisioning.Postgres;

/// <summary>The SQLSTATEs that this folder tells apart (PostgreSQL, appendix A).</summary>
internal static class SqlStates
{
    /// <summary>Class 08: connection exceptions.</summary>
    public const string ConnectionExceptionClass = "08";

    /// <summary>Protocol violation; a wrong password too, in the words of PgBouncer 1.18.</summary>
    public const string ProtocolViolation = "08P01";

    public const string ReadOnlyTransaction = "25006";
    public const string InvalidAuthorization = "28000";
    public const string InvalidPassword = "28P01";
    public const string DependentObjectsStillExist = "2BP01";
    public const string InvalidCatalogName = "3D000";
    public const string SerializationFailure = "40001";
    public const string DeadlockDetected = "40P01";
    public const string InsufficientPrivilege = "42501";
    public const string UndefinedObject = "42704";
    public const string DuplicateObject = "42710";
    public const string DuplicateDatabase = "42P04";
    public const string UniqueViolation = "23505";
    public const string DiskFull = "53100";
    public const string OutOfMemory = "53200";
    public const string TooManyConnections = "53300";
    public const string ObjectNotInPrerequisiteState = "55000";
    public const string ObjectInUse = "55006";
    public const string LockNotAvailable = "55P03";
    public const string QueryCanceled = "57014";
    public const string AdminShutdown = "57P01";
    public const string CrashShutdown = "57P02";
    public const string CannotConnectNow = "57P03";
    public const string DatabaseDropped = "57P04";

    /// <summary>Internal error; what two concurrent ALTER ROLE or GRANT get: <c>tuple concurrently updated</c>.</summary>
    public const string InternalError = "XX000";

    /// <summary>Somebody else changed the same thing at the same time: read again, then decide again.</summary>
    public static bool MeansReadAgain(string? sqlState) =>
        sqlState is UniqueViolation or DuplicateObject or DuplicateDatabase or UndefinedObject or InvalidCatalogName or InternalError;
}
