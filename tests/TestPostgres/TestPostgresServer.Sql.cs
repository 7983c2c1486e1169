using Npgsql;

namespace TestPostgres;

/// <summary>What a test does as a client.</summary>
public sealed partial class TestPostgresServer
{
    /// <summary>A connection string of a role: TLS with verify-full (verify-ca where the certificate is of another host), SCRAM, no pool.</summary>
    public string ConnectionString(TestRole role, string database = "postgres") => new NpgsqlConnectionStringBuilder
    {
        Host = Host,
        Port = Port,
        Username = role.Name,
        Password = role.Password,
        Database = database,
        SslMode = options.CertificateNames.Contains(Host, StringComparer.Ordinal) ? SslMode.VerifyFull : SslMode.VerifyCA,
        RootCertificate = folder.Authority,
        RequireAuth = "ScramSHA256",
        Pooling = false,
        Timeout = 15,
    }.ConnectionString;

    /// <summary>Opens a connection.</summary>
    public async Task<NpgsqlConnection> OpenAsync(TestRole role, string database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(ConnectionString(role, database));
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one statement as a role.</summary>
    public async Task ExecuteAsync(TestRole role, string database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(role, database, cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Runs one statement as the superuser, in the maintenance database.</summary>
    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) => ExecuteAsync(Superuser, "postgres", sql, cancellationToken);

    /// <summary>The first column of the first row, as the superuser. Default value when there is no row or it is null.</summary>
    public async Task<T?> QueryAsync<T>(string database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(Superuser, database, cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken) is T value ? value : default;
    }

    /// <summary>The first column of the first row, as the superuser, in the maintenance database.</summary>
    public Task<T?> QueryAsync<T>(string sql, CancellationToken cancellationToken) => QueryAsync<T>("postgres", sql, cancellationToken);

    /// <summary>Runs a client program, such as pg_dump, on one database as the superuser: the version's own, else that of the newest version with
    /// one. Files that it writes or reads must be in <see cref="ExchangeFolder"/>.</summary>
    public Task RunProgramAsync(string program, string database, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        user.RunAsUserAsync(
            [
                binaries.Client(program),
                "--dbname", $"host={Host} port={Port} user={Superuser.Name} dbname='{database}' sslmode=verify-full sslrootcert={CertificateAuthorityFile}",
                .. arguments,
            ],
            Superuser.Password,
            cancellationToken);

    /// <summary>Waits until a standby has all that its primary has.</summary>
    public async Task CatchUpAsync(TestPostgresServer primary, CancellationToken cancellationToken)
    {
        var written = await primary.QueryAsync<string>("SELECT pg_current_wal_insert_lsn()::text", cancellationToken);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(StartDeadline);
        while (!await QueryAsync<bool>($"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn", deadline.Token))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), deadline.Token);
        }
    }
}
