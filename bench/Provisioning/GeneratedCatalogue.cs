using System.Globalization;
using System.Text;
using Npgsql;
using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>
/// Roles and databases that stand in a server's catalogue as if the controller had made them. The roles are real; a database is a row without files, like
/// that of a database which it did make, so nobody can connect to it: ten thousand databases would take 70 GB.
/// </summary>
internal sealed class GeneratedCatalogue(TestPostgresServer server)
{
    /// <summary>What a server needs for it: nobody is to look into databases that have no files.</summary>
    public static IReadOnlyList<string> Configuration { get; } = ["autovacuum = off"];

    private const int FirstOid = 1_000_000;

    // $1: names of databases; $2: of their roles; $3: marks; $4: the name of a database of ours; $5: the first oid.
    private static readonly string[] Statements =
    [
        """
        INSERT INTO pg_database SELECT n.* FROM unnest($1) WITH ORDINALITY g(name, i), pg_database d, LATERAL jsonb_populate_record(
            NULL::pg_database, to_jsonb(d) || jsonb_build_object('oid', $5 + g.i, 'datname', g.name, 'datacl', NULL)) n
        WHERE d.datname = $4 AND cardinality($2) = cardinality($3)
        """,
        """
        UPDATE pg_database d SET datacl = ARRAY[
            makeaclitem(d.datdba, d.datdba, 'CREATE', false), makeaclitem(r.oid, d.datdba, 'CONNECT', false), makeaclitem(r.oid, d.datdba, 'TEMPORARY', false)]
        FROM unnest($1, $2, $3) g(name, role, mark), pg_roles r WHERE d.datname = g.name AND r.rolname = g.role AND $4 <> '' AND $5 > 0
        """,
        """
        INSERT INTO pg_shdescription SELECT d.oid, 'pg_database'::regclass, g.mark
        FROM unnest($1, $2, $3) g(name, role, mark), pg_database d WHERE d.datname = g.name AND $4 <> '' AND $5 > 0
        """,
    ];

    /// <summary>Adds what these clusters have.</summary>
    /// <param name="clusters">Their names.</param>
    /// <param name="like">A database on this server that the controller made.</param>
    public async Task AddAsync(IReadOnlyList<KineNames> clusters, PostgresIdentifier like)
    {
        var roles = new StringBuilder();
        foreach (var names in clusters)
        {
            roles.Append(CultureInfo.InvariantCulture, $"CREATE ROLE {names.Role.Quoted} LOGIN CONNECTION LIMIT 100; ");
            roles.Append(CultureInfo.InvariantCulture, $"COMMENT ON ROLE {names.Role.Quoted} IS '{names.Mark.Text}';\n");
        }

        await server.ExecuteAsync(server.Admin, "postgres", roles.ToString(), CancellationToken.None);
        await using var connection = await server.OpenAsync(server.Superuser, "postgres", CancellationToken.None);
        await ExecuteAsync(connection, "SET allow_system_table_mods = on");
        foreach (var statement in Statements)
        {
            await ExecuteAsync(
                connection,
                statement,
                clusters.Select(names => names.Database.Value).ToArray(),
                clusters.Select(names => names.Role.Value).ToArray(),
                clusters.Select(names => names.Mark.Text).ToArray(),
                like.Value,
                FirstOid);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, params object[] values)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
}
