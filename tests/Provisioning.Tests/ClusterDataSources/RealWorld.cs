using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Provisioning.Postgres;
using Provisioning.Resources;
using Provisioning.Tests.Postgres;
using TestPostgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>The management cluster in memory, with the controller on real PostgreSQL servers.</summary>
internal sealed class RealWorld(IServerCatalogues catalogues)
{
    public const string KineStarts =
        "CREATE TABLE IF NOT EXISTS kine (id bigserial PRIMARY KEY, name text); INSERT INTO kine (name) VALUES ('/registry/one')";

    public RealWorld()
        : this(Servers.SharedCatalogues(TimeProvider.System))
    {
    }

    public World World { get; } = new(Servers.Provisioner(), catalogues);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Puts the DataSource <c>main</c> for a server, and the ClusterDataSource that uses it.</summary>
    /// <returns>The name of its database.</returns>
    public string Use(TestPostgresServer server, string suffix)
    {
        PutCredentials(server.Admin);
        World.Kubernetes.Edit<Secret>(World.Tenant, "db-ca", new JsonObject
        {
            ["data"] = new JsonObject { ["root.pem"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(server.CertificateAuthority.CertificatePem)) },
        });
        World.PutDataSource("main", TestPostgresServer.Host, port: server.Port);
        World.PutClusterDataSource();
        var schema = $"tenant_berlin_{suffix}";
        World.Kubernetes.Edit<ClusterDataSource>(
            World.Tenant, World.Cluster, new JsonObject { ["spec"] = new JsonObject { ["schema"] = schema }, ["metadata"] = new JsonObject { ["generation"] = 0L } });
        return schema;
    }

    /// <summary>Puts a DataSource with credentials of its own, and points the cluster to it.</summary>
    public void MoveTo(TestPostgresServer server, TestRole admin, string dataSource = "restored")
    {
        PutCredentials(admin, $"{dataSource}-admin");
        World.PutDataSource(dataSource, TestPostgresServer.Host, port: server.Port, credentials: $"{dataSource}-admin");
        World.PointTo(dataSource);
    }

    public void PutCredentials(TestRole admin, string secret = "db-admin") => World.Kubernetes.Put(World.Credentials(admin.Password, admin.Name, secret));

    /// <summary>As kine would: with the DSN in a Secret and the CA in the one that the status names.</summary>
    public async Task<object?> QueryAsync(string secret, string sql)
    {
        var authority = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(authority, World.Secret(World.Status.CaSecret!)!.Data!["root.pem"], Token);
            await using var connection = new NpgsqlConnection(ConnectingClient.ConnectionString(World.Dsn(secret), authority));
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync(Token);
        }
        finally
        {
            File.Delete(authority);
        }
    }
}
