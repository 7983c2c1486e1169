using Npgsql;

namespace Provisioning.Postgres;

/// <summary>Looks at one cluster's database for a person. Changes nothing: its sessions are read-only, and no statement of them runs longer than 10 s.</summary>
internal sealed class DatabaseInspector(ServerConnector connector)
{
    // The size needs CONNECT on the database, or pg_read_all_stats; the admin may have lost both.
    private const string FactsQuery = """
        SELECT current_setting('server_version'), d.oid IS NOT NULL, shobj_description(d.oid, 'pg_database'),
            CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE') THEN pg_database_size(d.oid) END,
            (SELECT count(*)::int FROM pg_stat_activity WHERE usename IN ($2, $3)),
            (SELECT max(rolconnlimit) FROM pg_roles WHERE rolname IN ($2, $3) AND rolcanlogin)
        FROM (SELECT) AS one LEFT JOIN pg_database d ON d.datname = $1
        """;

    /// <summary>Reads what the admin role can see, in the maintenance database.</summary>
    public async Task<DatabaseFacts> InspectAsync(
        PostgresServer server, PostgresIdentifier database, PostgresIdentifier role, PostgresIdentifier secondRole, CancellationToken cancellationToken)
    {
        await using var session = await connector.OpenMaintenanceAsync(server, cancellationToken);
        await session.PrepareAsync(AdminSession.ReadOnly, cancellationToken);
        var facts = await session.QueryAsync(FactsQuery, reader => Read(reader, session.Endpoint), cancellationToken, database.Value, role.Value, secondRole.Value);
        return facts.Single();
    }

    /// <summary>Reads the highest revision of kine, as the cluster's own role: nobody else may read its table. Null: kine has not made it yet.</summary>
    /// <param name="server">Where: at the endpoint that <see cref="InspectAsync"/> found.</param>
    /// <param name="database">The cluster's database.</param>
    /// <param name="role">The role that logs in.</param>
    /// <param name="password">Its password.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<long?> ReadRevisionAsync(
        PostgresServer server, PostgresIdentifier database, PostgresIdentifier role, Password password, CancellationToken cancellationToken)
    {
        await using var session = await connector.OpenAsRoleAsync(server, database, role, password, cancellationToken);
        await session.PrepareAsync(AdminSession.ReadOnly, cancellationToken);
        if (!(await session.QueryAsync("SELECT to_regclass('public.kine') IS NOT NULL", reader => reader.GetBoolean(0), cancellationToken)).Single())
        {
            return null;
        }

        var revisions = await session.QueryAsync(
            "SELECT max(id)::bigint FROM public.kine", reader => reader.IsDBNull(0) ? 0L : reader.GetInt64(0), cancellationToken);
        return revisions.Single();
    }

    /// <summary>What a controller would do to bring the server to what is wanted, or why it would not.</summary>
    public async Task<ProvisioningPlan> PlanAsync(PostgresServer server, KineDatabase wanted, CancellationToken cancellationToken)
    {
        await using var maintenance = await connector.OpenMaintenanceAsync(server, cancellationToken);
        await maintenance.PrepareAsync(AdminSession.ReadOnly, cancellationToken);
        var there = server with { Endpoints = [maintenance.Endpoint] };
        await using var inside = new ClusterSession(connector, there, wanted.Database) { Preparation = AdminSession.ReadOnly };
        return ProvisioningPlanner.Plan(wanted, await new DatabaseObserver(connector).ObserveAsync(maintenance, inside, there, wanted, cancellationToken));
    }

    private static DatabaseFacts Read(NpgsqlDataReader reader, PostgresEndpoint endpoint) => new()
    {
        Endpoint = endpoint,
        Version = reader.GetString(0).Split(' ')[0],
        Exists = reader.GetBoolean(1),
        Mark = reader.IsDBNull(2) ? null : reader.GetString(2),
        Bytes = reader.IsDBNull(3) ? null : reader.GetInt64(3),
        Connections = reader.GetInt32(4),
        ConnectionLimit = reader.IsDBNull(5) || reader.GetInt32(5) < 0 ? null : reader.GetInt32(5),
    };
}

/// <summary>What the admin role sees of one cluster's database.</summary>
internal sealed record DatabaseFacts
{
    /// <summary>The endpoint that is the primary.</summary>
    public required PostgresEndpoint Endpoint { get; init; }

    /// <summary>The server's version, such as 15.14.</summary>
    public required string Version { get; init; }

    /// <summary>Whether there is a database of that name.</summary>
    public required bool Exists { get; init; }

    /// <summary>Its COMMENT. Null: none.</summary>
    public required string? Mark { get; init; }

    /// <summary>Its size on disk, in bytes. Null: the admin role may not know.</summary>
    public required long? Bytes { get; init; }

    /// <summary>Open sessions of the cluster's roles.</summary>
    public required int Connections { get; init; }

    /// <summary>The CONNECTION LIMIT of the role that may log in. Null: none, or there is no such role.</summary>
    public required int? ConnectionLimit { get; init; }
}
