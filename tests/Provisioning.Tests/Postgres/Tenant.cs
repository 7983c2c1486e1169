using Npgsql;
using Provisioning.Postgres;
using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>One cluster's database in a test: names of its own, so that tests share a server.</summary>
internal sealed record Tenant(TestPostgresServer Server, TestRole Admin, KineDatabase Wanted)
{
    public const string KineStarts =
        "CREATE TABLE IF NOT EXISTS kine (id bigserial PRIMARY KEY, name text); CREATE INDEX IF NOT EXISTS kine_name ON kine (name); INSERT INTO kine (name) VALUES ('/registry/one')";

    public string Database => Wanted.Database.Value;

    public string Role => Wanted.Role.Value;

    /// <summary>The role that logs in, with its password.</summary>
    public TestRole Login => new(Wanted.LoginRole.Value, Wanted.Password.Reveal());

    /// <summary>What is to be released.</summary>
    public ReleaseRequest Release => new(Wanted.Database, Wanted.Role, Wanted.SecondRole, Wanted.Mark);

    public static Tenant On(TestPostgresServer server, bool asSuperuser = false)
    {
        var name = $"ns_cluster-{Guid.NewGuid().ToString("N")[..8]}";
        return new Tenant(server, asSuperuser ? server.Superuser : server.Admin, new KineDatabase
        {
            Database = new PostgresIdentifier(name),
            Role = new PostgresIdentifier($"kine_{name}"),
            SecondRole = new PostgresIdentifier($"kine2_{name}"),
            Mark = new OwnerMark($"ClusterDataSource ns/{name} uid {Guid.NewGuid()}"),
            Password = PasswordGenerator.Generate(),
            ConnectionLimit = 7,
            MayCreateDatabase = true,
        });
    }

    /// <summary>The server as the admin reaches it.</summary>
    public PostgresServer AsAdmin() => Servers.Of(Server, Admin);

    public PostgresServer AsSuperuser() => Servers.Of(Server, Server.Superuser);

    /// <summary>A connection as the kine role.</summary>
    public Task<NpgsqlConnection> LoginAsync(CancellationToken cancellationToken) =>
        Server.OpenAsync(Login, Database, cancellationToken);

    /// <summary>Runs a statement as the kine role.</summary>
    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        Server.ExecuteAsync(Login, Database, sql, cancellationToken);

    /// <summary>What kine does at its start.</summary>
    public Task StartKineAsync(CancellationToken cancellationToken) => ExecuteAsync(KineStarts, cancellationToken);
}
