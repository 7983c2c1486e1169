using Npgsql;

namespace Provisioning.Postgres;

/// <summary>Reads what is on a server. Writes nothing.</summary>
internal sealed class DatabaseObserver(ServerConnector connector)
{
    private const string AdminQuery = """
        SELECT r.rolname::text, current_setting('server_version_num')::int, r.rolsuper, r.rolcreatedb, r.rolcreaterole
        FROM pg_roles r WHERE r.rolname = current_user
        """;

    private const string CapacityQuery = """
        SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true)::int, 0),
            (SELECT coalesce(sum(rolconnlimit), 0)::bigint FROM pg_roles WHERE rolcanlogin AND rolconnlimit > 0 AND rolname <> $1),
            current_setting('synchronous_standby_names') <> '' AND NOT EXISTS (SELECT FROM pg_stat_replication)
        """;

    // CASE: before 16 there is neither ADMIN OPTION on created roles nor the privilege SET.
    private const string RoleQuery = """
        SELECT shobj_description(r.oid, 'pg_authid'), r.rolcanlogin, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication,
            r.rolbypassrls, r.rolconnlimit, coalesce(r.rolvaliduntil <> 'infinity', false),
            me.rolsuper OR CASE WHEN current_setting('server_version_num')::int >= 160000
                THEN me.rolcreaterole AND pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION') ELSE me.rolcreaterole END,
            CASE WHEN current_setting('server_version_num')::int >= 160000
                THEN pg_has_role(me.oid, r.oid, 'USAGE') AND pg_has_role(me.oid, r.oid, 'SET') ELSE pg_has_role(me.oid, r.oid, 'USAGE') END,
            (SELECT count(*)::int FROM pg_stat_activity s WHERE s.usesysid = r.oid)
        FROM pg_roles r, pg_roles me WHERE r.rolname = $1 AND me.rolname = current_user
        """;

    // Its own setting, for all databases. Before 16 there is no privilege SET: a member may always become the role.
    private const string MembershipQuery = """
        SELECT CASE WHEN current_setting('server_version_num')::int >= 160000
                THEN pg_has_role(s.oid, r.oid, 'USAGE') AND pg_has_role(s.oid, r.oid, 'SET') ELSE pg_has_role(s.oid, r.oid, 'USAGE') END,
            EXISTS (SELECT FROM pg_db_role_setting c WHERE c.setrole = s.oid AND c.setdatabase = 0 AND 'role=' || $2 = ANY (c.setconfig))
        FROM pg_roles s, pg_roles r WHERE s.rolname = $1 AND r.rolname = $2
        """;

    private const string DatabaseQuery = """
        SELECT shobj_description(d.oid, 'pg_database'), pg_get_userbyid(d.datdba)::text, pg_has_role(d.datdba, 'USAGE'), d.datallowconn,
            d.datconnlimit,
            EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a WHERE a.grantee = 0),
            (SELECT count(DISTINCT a.privilege_type) = 2 FROM aclexplode(d.datacl) a JOIN pg_roles r ON r.oid = a.grantee
                WHERE r.rolname = $2 AND a.privilege_type IN ('CONNECT', 'TEMPORARY'))
        FROM pg_database d WHERE d.datname = $1
        """;

    private const string SchemaQuery = """
        SELECT pg_has_role(n.nspowner, 'USAGE'),
            EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'),
            coalesce((SELECT has_schema_privilege(r.oid, n.oid, 'USAGE') AND has_schema_privilege(r.oid, n.oid, 'CREATE')
                FROM pg_roles r WHERE r.rolname = $1), false)
        FROM pg_namespace n WHERE n.nspname = 'public'
        """;

    // Not what belongs to an extension, nor the sequence of a column: that one follows its table.
    private const string RelationQuery = """
        SELECT c.relname::text, pg_get_userbyid(c.relowner)::text, pg_has_role(c.relowner, 'USAGE')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            AND pg_get_userbyid(c.relowner) <> $1
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND (d.deptype = 'e' OR (c.relkind = 'S' AND d.deptype IN ('a', 'i'))))
        ORDER BY c.relname
        """;

    /// <summary>Reads all; looks inside the database and logs in as the role only where both are ours.</summary>
    public async Task<Observation> ObserveAsync(
        AdminSession maintenance, ClusterSession inside, PostgresServer server, KineDatabase wanted, CancellationToken cancellationToken)
    {
        var outside = await ObserveOutsideAsync(maintenance, wanted, cancellationToken);
        if (outside.Database is not { AllowsConnections: true, IsInvalid: false } database)
        {
            return outside;
        }

        var ownership = Ownership.Of(wanted, outside);
        var login = wanted.SecondLogsIn ? outside.Second?.Role : outside.Role;
        if (login is not null && (ownership is { OfRole: true, OfDatabase: true } || wanted.PasswordProvesOwnership))
        {
            outside = outside with { Login = await CheckLoginAsync(server, wanted, login, maintenance.IsPooled, cancellationToken) };
            ownership = Ownership.Of(wanted, outside);
        }

        if (!ownership.OfDatabase)
        {
            return outside;
        }

        return outside with
        {
            Schema = database.AdminOwns || outside.Admin.IsSuperuser
                ? await ObserveSchemaAsync(await inside.GetAsync(cancellationToken), wanted, cancellationToken)
                : null,
        };
    }

    /// <summary>Reads what the session's own role is.</summary>
    public static async Task<ObservedAdmin> ObserveAdminAsync(AdminSession maintenance, CancellationToken cancellationToken) =>
        (await maintenance.QueryAsync(AdminQuery, ReadAdmin, cancellationToken)).Single();

    /// <summary>Reads roles and database from outside.</summary>
    public static Task<Observation> ObserveOutsideAsync(AdminSession maintenance, ReleaseRequest request, CancellationToken cancellationToken) =>
        ObserveOutsideAsync(maintenance, request, request.Role, cancellationToken);

    private static Task<Observation> ObserveOutsideAsync(AdminSession maintenance, KineDatabase wanted, CancellationToken cancellationToken) =>
        ObserveOutsideAsync(
            maintenance, new ReleaseRequest(wanted.Database, wanted.Role, wanted.SecondRole, wanted.Mark), wanted.LoginRole, cancellationToken);

    private static async Task<Observation> ObserveOutsideAsync(
        AdminSession maintenance, ReleaseRequest names, PostgresIdentifier login, CancellationToken cancellationToken)
    {
        var admin = await ObserveAdminAsync(maintenance, cancellationToken);
        var capacities = await maintenance.QueryAsync(
            CapacityQuery, reader => new ObservedCapacity(reader.GetInt32(0), reader.GetInt64(1), reader.GetBoolean(2)), cancellationToken, login.Value);
        var roles = await maintenance.QueryAsync(RoleQuery, ReadRole, cancellationToken, names.Role.Value);
        var databases = await maintenance.QueryAsync(DatabaseQuery, ReadDatabase, cancellationToken, names.Database.Value, names.Role.Value);
        return new Observation
        {
            Admin = admin,
            Capacity = capacities.Single(),
            Role = roles.SingleOrDefault(),
            Second = names.SecondRole is { } second ? await ObserveSecondAsync(maintenance, second, names.Role, cancellationToken) : null,
            Database = databases.SingleOrDefault(),
            Schema = null,
            Login = LoginCheck.NotTried,
        };
    }

    private static async Task<ObservedSecondRole?> ObserveSecondAsync(
        AdminSession maintenance, PostgresIdentifier second, PostgresIdentifier role, CancellationToken cancellationToken)
    {
        var roles = await maintenance.QueryAsync(RoleQuery, ReadRole, cancellationToken, second.Value);
        if (roles is not [var found])
        {
            return null;
        }

        // None when the first one is missing.
        var memberships = await maintenance.QueryAsync(
            MembershipQuery, reader => (reader.GetBoolean(0), reader.GetBoolean(1)), cancellationToken, second.Value, role.Value);
        var (isMember, actsAsRole) = memberships.SingleOrDefault();
        return new ObservedSecondRole(found, isMember, actsAsRole);
    }

    private static async Task<ObservedSchema> ObserveSchemaAsync(AdminSession session, KineDatabase wanted, CancellationToken cancellationToken)
    {
        var relations = await session.QueryAsync(
            RelationQuery,
            reader => new ObservedRelation(new PostgresIdentifier(reader.GetString(0)), reader.GetString(1), reader.GetBoolean(2)),
            cancellationToken,
            wanted.Role.Value);
        var schemas = await session.QueryAsync(
            SchemaQuery,
            reader => new ObservedSchema
            {
                Exists = true,
                AdminMayGrant = reader.GetBoolean(0),
                PublicMayCreate = reader.GetBoolean(1),
                RoleMayCreate = reader.GetBoolean(2),
                Foreign = relations,
            },
            cancellationToken,
            wanted.Role.Value);
        return schemas.SingleOrDefault()
            ?? new ObservedSchema { Exists = false, AdminMayGrant = true, PublicMayCreate = false, RoleMayCreate = false, Foreign = [] };
    }

    private async Task<LoginCheck> CheckLoginAsync(
        PostgresServer server, KineDatabase wanted, ObservedRole role, bool isPooled, CancellationToken cancellationToken)
    {
        try
        {
            await connector.TryLoginAsync(server, wanted.Database, wanted.LoginRole, wanted.Password, cancellationToken);
            return LoginCheck.Works;
        }
        catch (PostgresException exception) when (
            exception.SqlState == SqlStates.InvalidPassword || (isPooled && exception.SqlState == SqlStates.ProtocolViolation))
        {
            return LoginCheck.Refused;
        }
        catch (PostgresException exception) when (exception.SqlState == SqlStates.InvalidAuthorization)
        {
            return LoginCheck.NotLetIn;
        }
        catch (PostgresException exception) when (exception.SqlState is SqlStates.InsufficientPrivilege or SqlStates.ObjectNotInPrerequisiteState)
        {
            return LoginCheck.NoAccess;
        }
        catch (PostgresException exception) when (
            exception.SqlState == SqlStates.TooManyConnections && role.ConnectionLimit > 0 && role.Sessions >= role.ConnectionLimit)
        {
            // The server's own limit answers alike, and before it looks at any password.
            return LoginCheck.RoleIsFull;
        }
    }

    private static ObservedAdmin ReadAdmin(NpgsqlDataReader reader) =>
        new(reader.GetString(0), reader.GetInt32(1), reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4));

    private static ObservedRole ReadRole(NpgsqlDataReader reader) => new()
    {
        Mark = reader.IsDBNull(0) ? null : reader.GetString(0),
        CanLogin = reader.GetBoolean(1),
        IsSuperuser = reader.GetBoolean(2),
        MayCreateDatabases = reader.GetBoolean(3),
        MayCreateRoles = reader.GetBoolean(4),
        MayReplicate = reader.GetBoolean(5),
        BypassesRowSecurity = reader.GetBoolean(6),
        ConnectionLimit = reader.GetInt32(7),
        Expires = reader.GetBoolean(8),
        AdminMayAlter = reader.GetBoolean(9),
        AdminIsMember = reader.GetBoolean(10),
        Sessions = reader.GetInt32(11),
    };

    private static ObservedDatabase ReadDatabase(NpgsqlDataReader reader) => new()
    {
        Mark = reader.IsDBNull(0) ? null : reader.GetString(0),
        Owner = reader.GetString(1),
        AdminOwns = reader.GetBoolean(2),
        AllowsConnections = reader.GetBoolean(3),
        ConnectionLimit = reader.GetInt32(4),
        PublicHasPrivileges = reader.GetBoolean(5),
        RoleIsGranted = reader.GetBoolean(6),
    };
}
