using System.Globalization;
using static Provisioning.Postgres.ProvisioningStep;

namespace Provisioning.Postgres;

/// <summary>Where and how statements run.</summary>
/// <param name="InDatabase">In the cluster's database; else in the maintenance database.</param>
/// <param name="InTransaction">All or none; else each its own command.</param>
/// <param name="Statements">The statements.</param>
internal sealed record SqlScript(bool InDatabase, bool InTransaction, IReadOnlyList<string> Statements);

/// <summary>The SQL of the steps. Names only as <see cref="PostgresIdentifier"/>, no password and no verifier.</summary>
internal static class ProvisioningSql
{
    private const int LocaleProviderVersion = 150000;
    private const int GrantOptionsVersion = 160000;

    /// <summary>The script of a step. <see cref="SetPassword"/> has none: see <see cref="PasswordSetter"/>.</summary>
    /// <param name="step">The step.</param>
    /// <param name="serverVersion"><c>server_version_num</c>.</param>
    public static SqlScript Script(ProvisioningStep step, int serverVersion) => step switch
    {
        // One transaction: a role without its mark would be a stranger after a crash.
        CreateRole create => new(false, true, [RoleStatement(create), Comment("ROLE", create.Role, create.Mark)]),
        AlterRole alter => new(false, false, [AlterRole(alter.Role, alter.Changes)]),
        MarkRole mark => new(false, false, [Comment("ROLE", mark.Role, mark.Mark)]),
        CreateDatabase create => new(false, false, [DatabaseStatement(create.Database, serverVersion)]),
        TakeDatabase take => new(
            false, true, ActingAs(take.Role, take.AdminIsMember, serverVersion, $"ALTER DATABASE {take.Database.Quoted} OWNER TO CURRENT_USER")),
        ClosePublic close => new(false, false, [$"REVOKE ALL ON DATABASE {close.Database.Quoted} FROM PUBLIC"]),
        MarkDatabase mark => new(false, false, [Comment("DATABASE", mark.Database, mark.Mark)]),
        GrantDatabase grant => new(
            false, false, [$"GRANT CONNECT, TEMPORARY ON DATABASE {grant.Database.Quoted} TO {grant.Role.Quoted}"]),
        OpenDatabase open => new(false, false, [$"ALTER DATABASE {open.Database.Quoted} ALLOW_CONNECTIONS true"]),
        CreateSchema => new(true, false, ["CREATE SCHEMA public"]),
        GrantSchema grant => new(
            true, true, [$"GRANT USAGE, CREATE ON SCHEMA public TO {grant.Role.Quoted}", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"]),
        OwnRelations own => new(true, true, OwnAll(own, serverVersion)),
        JoinSecond join => new(false, true, JoinSecondStatements(join, serverVersion)),
        RetireRole retire => new(false, false, [$"ALTER ROLE {retire.Role.Quoted} NOLOGIN PASSWORD NULL"]),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step.GetType().Name, "This step has no script."),
    };

    /// <summary>Sets attributes back.</summary>
    public static string AlterRole(PostgresIdentifier role, RoleChanges changes)
    {
        var attributes = new List<string>();
        void Add(bool differs, string attribute)
        {
            if (differs)
            {
                attributes.Add(attribute);
            }
        }

        Add(changes.Login, "LOGIN");
        Add(changes.NoSuperuser, "NOSUPERUSER");
        Add(changes.NoCreateDatabase, "NOCREATEDB");
        Add(changes.NoCreateRole, "NOCREATEROLE");
        Add(changes.NoReplication, "NOREPLICATION");
        Add(changes.NoBypassRowSecurity, "NOBYPASSRLS");
        Add(changes.NeverExpires, "VALID UNTIL 'infinity'");
        Add(changes.ConnectionLimit is not null, $"CONNECTION LIMIT {Number(changes.ConnectionLimit ?? 0)}");
        return $"ALTER ROLE {role.Quoted} {string.Join(' ', attributes)}";
    }

    /// <summary>Gives one table, sequence or view of schema public away; ALTER TABLE takes them all.</summary>
    public static string OwnRelation(PostgresIdentifier relation, PostgresIdentifier role) =>
        $"ALTER TABLE public.{relation.Quoted} OWNER TO {role.Quoted}";

    /// <summary>Lets the admin act as a role; from 16 on being able to alter it is not enough.</summary>
    public static string JoinRole(PostgresIdentifier role, int serverVersion) => serverVersion >= GrantOptionsVersion
        ? $"GRANT {role.Quoted} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE"
        : $"GRANT {role.Quoted} TO CURRENT_USER";

    /// <summary>Who gives an object to a role must be able to become that role: joins it for as long as it takes.</summary>
    private static List<string> ActingAs(PostgresIdentifier role, bool isMember, int serverVersion, params string[] statements) => isMember
        ? [.. statements]
        : [JoinRole(role, serverVersion), .. statements, $"REVOKE {role.Quoted} FROM CURRENT_USER"];

    private static List<string> OwnAll(OwnRelations own, int serverVersion)
    {
        var giving = ActingAs(own.Role, own.AdminIsMember, serverVersion, [.. own.Relations.Select(relation => OwnRelation(relation, own.Role))]);
        return own.From is { } from ? ActingAs(from, isMember: false, serverVersion, [.. giving]) : giving;
    }

    /// <summary>What it is granted directly is nothing: with the membership, all goes.</summary>
    private static List<string> JoinSecondStatements(JoinSecond join, int serverVersion) =>
    [
        .. serverVersion >= GrantOptionsVersion
            ? new[] { $"GRANT {join.Role.Quoted} TO {join.Second.Quoted} WITH INHERIT TRUE, SET TRUE" }
            : [$"ALTER ROLE {join.Second.Quoted} INHERIT", $"GRANT {join.Role.Quoted} TO {join.Second.Quoted}"],
        $"ALTER ROLE {join.Second.Quoted} SET role TO {SqlText.Literal(join.Role.Value)}",
    ];

    private static string RoleStatement(CreateRole create) =>
        $"CREATE ROLE {create.Role.Quoted} {(create.LogsIn ? "LOGIN" : "NOLOGIN")} NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT {Number(create.ConnectionLimit)}";

    private static string DatabaseStatement(PostgresIdentifier database, int serverVersion)
    {
        // template0: one session connected to template1 would make every CREATE DATABASE fail (55006).
        var provider = serverVersion >= LocaleProviderVersion ? " LOCALE_PROVIDER libc" : "";
        return $"CREATE DATABASE {database.Quoted} TEMPLATE template0 ENCODING 'UTF8'{provider} LC_COLLATE 'C' LC_CTYPE 'C' ALLOW_CONNECTIONS false";
    }

    private static string Comment(string keyword, PostgresIdentifier name, OwnerMark mark) =>
        $"COMMENT ON {keyword} {name.Quoted} IS {SqlText.Literal(mark.Text)}";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
