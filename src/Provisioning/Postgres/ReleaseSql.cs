namespace Provisioning.Postgres;

/// <summary>The SQL of a release.</summary>
internal static class ReleaseSql
{
    /// <summary>Ends the sessions of role <c>$1</c>, waiting up to 5 s for each.</summary>
    public const string EndSessions = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1";

    /// <summary>Where role <c>$1</c> owns objects or holds privileges, but for its grants on its own database <c>$2</c>: what DROP ROLE
    /// would refuse for. Privileges on shared objects (other databases) have no database of their own.</summary>
    public const string OwnedElsewhere = """
        SELECT CASE WHEN s.classid = 'pg_database'::regclass
                THEN 'privileges on database ' || coalesce((SELECT datname::text FROM pg_database WHERE oid = s.objid), '?')
            ELSE coalesce('database ' || d.datname, 'shared objects') END, count(*)
        FROM pg_shdepend s JOIN pg_roles r ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid
            LEFT JOIN pg_database d ON d.oid = s.dbid
        WHERE r.rolname = $1
            AND NOT (s.classid = 'pg_database'::regclass AND s.deptype = 'a' AND s.objid IN (SELECT oid FROM pg_database WHERE datname = $2))
        GROUP BY 1 ORDER BY 1
        """;

    /// <summary>The cut: no new session, whatever happens next.</summary>
    public static string CutAccess(PostgresIdentifier role) => $"ALTER ROLE {role.Quoted} NOLOGIN CONNECTION LIMIT 0";

    /// <summary>Inside the database, in one transaction. REASSIGN first: DROP OWNED before it deletes table kine.</summary>
    public static IReadOnlyList<string> Disown(PostgresIdentifier role) =>
        [$"REASSIGN OWNED BY {role.Quoted} TO CURRENT_USER", $"DROP OWNED BY {role.Quoted}"];

    /// <summary>A whole release for a person to run inside the role's database, as the admin that made it or as a superuser.</summary>
    public static IReadOnlyList<string> ByHand(PostgresIdentifier role) =>
        [CutAccess(role), $"GRANT {role.Quoted} TO CURRENT_USER", .. Disown(role), $"DROP ROLE {role.Quoted}"];

    /// <summary>Drops the role; before, what it was granted on a database that DROP OWNED could not be run in.</summary>
    public static IReadOnlyList<string> Drop(PostgresIdentifier role, PostgresIdentifier? database) => database is { } name
        ? [$"REVOKE ALL ON DATABASE {name.Quoted} FROM {role.Quoted}", $"DROP ROLE {role.Quoted}"]
        : [$"DROP ROLE {role.Quoted}"];
}
