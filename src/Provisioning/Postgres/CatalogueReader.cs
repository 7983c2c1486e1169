using Npgsql;

namespace Provisioning.Postgres;

/// <summary>
/// Reads a server's catalogue: one session in the maintenance database, one query for all roles and one for all databases. Writes nothing and takes no lock.
/// </summary>
internal sealed class CatalogueReader(ServerConnector connector)
{
    // Memberships are read from their table: on 16 and later pg_has_role takes time with the square of the number of roles for an admin who made them all.
    // Before 16 the table lacks inherit_option and set_option, hence the way through JSON.
    private const string RolesQuery = """
        SELECT r.rolname::text, c.description, r.rolcanlogin, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication,
            r.rolbypassrls, r.rolconnlimit, coalesce(r.rolvaliduntil <> 'infinity', false),
            me.rolsuper OR (me.rolcreaterole AND (current_setting('server_version_num')::int < 160000
                OR EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = r.oid AND m.member = me.oid AND m.admin_option))),
            ARRAY(SELECT pg_get_userbyid(m.roleid)::text FROM pg_auth_members m WHERE m.member = r.oid
                AND coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit) AND coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)),
            coalesce((SELECT s.setconfig FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = 0), '{}'::text[])
        FROM pg_roles me, pg_roles r JOIN pg_shdescription c ON c.classoid = 'pg_authid'::regclass AND c.objoid = r.oid
        WHERE me.rolname = current_user
        """;

    private const string DatabasesQuery = """
        SELECT d.datname::text, c.description, pg_get_userbyid(d.datdba)::text, me.rolsuper OR d.datdba = me.oid, d.datallowconn, d.datconnlimit,
            EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a WHERE a.grantee = 0),
            ARRAY(SELECT pg_get_userbyid(a.grantee)::text FROM aclexplode(d.datacl) a
                WHERE a.grantee <> 0 AND a.privilege_type IN ('CONNECT', 'TEMPORARY')
                GROUP BY a.grantee HAVING count(DISTINCT a.privilege_type) = 2)
        FROM pg_roles me, pg_database d JOIN pg_shdescription c ON c.classoid = 'pg_database'::regclass AND c.objoid = d.oid
        WHERE me.rolname = current_user
        """;

    /// <summary>Reads it. Failures are Npgsql's own.</summary>
    public async Task<ServerCatalogue> ReadAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        await using var maintenance = await connector.OpenMaintenanceAsync(server, cancellationToken);
        var marks = new Dictionary<string, string>(StringComparer.Ordinal);
        var admin = await DatabaseObserver.ObserveAdminAsync(maintenance, cancellationToken);
        var roles = await maintenance.QueryAsync(RolesQuery, reader => (Name: reader.GetString(0), Role: ReadRole(reader, marks)), cancellationToken);
        var databases = await maintenance.QueryAsync(DatabasesQuery, reader => (Name: reader.GetString(0), Database: ReadDatabase(reader, marks)), cancellationToken);
        return new ServerCatalogue(
            admin,
            roles.ToDictionary(role => role.Name, role => role.Role, StringComparer.Ordinal),
            databases.ToDictionary(database => database.Name, database => database.Database, StringComparer.Ordinal));
    }

    private static CatalogueRole ReadRole(NpgsqlDataReader reader, Dictionary<string, string> marks) => new(
        new ObservedRole
        {
            Mark = Shared(reader.GetString(1), marks),
            CanLogin = reader.GetBoolean(2),
            IsSuperuser = reader.GetBoolean(3),
            MayCreateDatabases = reader.GetBoolean(4),
            MayCreateRoles = reader.GetBoolean(5),
            MayReplicate = reader.GetBoolean(6),
            BypassesRowSecurity = reader.GetBoolean(7),
            ConnectionLimit = reader.GetInt32(8),
            Expires = reader.GetBoolean(9),
            AdminMayAlter = reader.GetBoolean(10),
            AdminIsMember = false,
            Sessions = 0,
        },
        reader.GetFieldValue<string[]>(11),
        reader.GetFieldValue<string[]>(12));

    private static CatalogueDatabase ReadDatabase(NpgsqlDataReader reader, Dictionary<string, string> marks) => new(
        new ObservedDatabase
        {
            Mark = Shared(reader.GetString(1), marks),
            Owner = Shared(reader.GetString(2), marks),
            AdminOwns = reader.GetBoolean(3),
            AllowsConnections = reader.GetBoolean(4),
            ConnectionLimit = reader.GetInt32(5),
            PublicHasPrivileges = reader.GetBoolean(6),
            RoleIsGranted = false,
        },
        reader.GetFieldValue<string[]>(7));

    /// <summary>One string for the same text: a role and its database have the same mark, and all databases the same owner.</summary>
    private static string Shared(string text, Dictionary<string, string> texts)
    {
        if (texts.TryGetValue(text, out var known))
        {
            return known;
        }

        texts[text] = text;
        return text;
    }
}
