using System.Security.Cryptography;

namespace TestPostgres;

/// <summary>The temporary folder of one server: data, certificates, configuration, log.</summary>
internal sealed class ServerFolder(string path)
{
    /// <summary>Not in the user's own temporary folder when that one is closed to the server's user.</summary>
    public string Path { get; } = path;

    public string Data => System.IO.Path.Combine(Path, "data");

    public string Log => System.IO.Path.Combine(Path, "server.log");

    public string Authority => System.IO.Path.Combine(Path, "ca.crt");

    private string Certificate => System.IO.Path.Combine(Path, "tls.crt");

    private string Key => System.IO.Path.Combine(Path, "tls.key");

    private string PasswordFile => System.IO.Path.Combine(Path, "password");

    public static ServerFolder Create()
    {
        var parent = Environment.IsPrivilegedProcess ? "/tmp" : System.IO.Path.GetTempPath();
        var path = System.IO.Path.Combine(parent, $"test-postgres-{RandomNumberGenerator.GetHexString(12, lowercase: true)}");
        return new ServerFolder(Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName);
    }

    /// <summary>Writes the certificates.</summary>
    public async Task WriteCertificatesAsync(TestCertificateAuthority authority, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var (certificate, key) = authority.Issue(names);
        await File.WriteAllTextAsync(Authority, authority.CertificatePem, cancellationToken);
        await File.WriteAllTextAsync(Certificate, certificate, cancellationToken);
        await WritePrivateAsync(Key, key, cancellationToken);
    }

    /// <summary>Makes an empty data folder with a superuser.</summary>
    public async Task InitializeAsync(PostgresBinaries binaries, ServerUser user, TestRole superuser, CancellationToken cancellationToken)
    {
        await WritePrivateAsync(PasswordFile, superuser.Password, cancellationToken);
        await user.OwnAsync(Path, cancellationToken);
        await user.RunAsUserAsync(
            [
                binaries.Program("initdb"), "--pgdata", Data, "--username", superuser.Name, "--pwfile", PasswordFile,
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions",
            ],
            null,
            cancellationToken);
        File.Delete(PasswordFile);
    }

    /// <summary>Copies the data folder of a running server and makes it follow that server.</summary>
    public async Task CopyAsync(PostgresBinaries binaries, ServerUser user, TestPostgresServer primary, CancellationToken cancellationToken)
    {
        if (!File.Exists(binaries.Program("pg_basebackup")))
        {
            await BaseBackup.TakeAsync(primary, primary.DataFolder, Data, cancellationToken);
            return;
        }

        await user.OwnAsync(Path, cancellationToken);
        var source = $"host={TestPostgresServer.Host} port={primary.Port} user={primary.Superuser.Name} sslmode=verify-full sslrootcert={primary.CertificateAuthorityFile}";
        await user.RunAsUserAsync(
            [
                binaries.Program("pg_basebackup"), "--pgdata", Data, "--dbname", source, "--write-recovery-conf",
                "--checkpoint", "fast", "--wal-method", "stream", "--no-sync",
            ],
            primary.Superuser.Password,
            cancellationToken);
    }

    /// <summary>Writes the settings that win over those of initdb.</summary>
    public async Task ConfigureAsync(TestPostgresOptions options, int port, ServerUser user, CancellationToken cancellationToken)
    {
        string[] settings =
        [
            $"listen_addresses = '{(options.ListenOnIPv6 ? "127.0.0.1,::1" : "127.0.0.1")}'",
            $"port = {port}",
            "unix_socket_directories = ''",
            "ssl = on",
            $"ssl_cert_file = '{Certificate}'",
            $"ssl_key_file = '{Key}'",
            "password_encryption = 'scram-sha-256'",
            "fsync = off",
            "synchronous_commit = off",
            "full_page_writes = off",
            "shared_buffers = '32MB'",
            "max_connections = 100",
            "wal_level = replica",
            "wal_keep_size = '64MB'",
            "hot_standby = on",
            "logging_collector = off",
            "log_line_prefix = '%m [%p] %u@%d '",
            .. options.Configuration,
        ];
        await File.WriteAllLinesAsync(System.IO.Path.Combine(Data, "postgresql.conf"), settings, cancellationToken);
        string[] rules = [.. options.HostBasedAuthentication, "hostssl all all all scram-sha-256", "hostssl replication all all scram-sha-256"];
        await File.WriteAllLinesAsync(System.IO.Path.Combine(Data, "pg_hba.conf"), rules, cancellationToken);
        await user.OwnAsync(Path, cancellationToken);
    }

    /// <summary>True once the server wrote into its pid file that it takes connections.</summary>
    public bool SaysReady()
    {
        try
        {
            // Line 8 is the status; "standby" is a standby that does not (yet) take read-only connections.
            var lines = File.ReadAllLines(System.IO.Path.Combine(Data, "postmaster.pid"));
            return lines.Length >= 8 && lines[7].Trim() == "ready";
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    public void Remove()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    public static async Task WritePrivateAsync(string path, string text, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using var writer = new StreamWriter(path, options);
        await writer.WriteAsync(text.AsMemory(), cancellationToken);
    }
}
