namespace TestPostgres;

/// <summary>
/// Copies the data folder of a running server by the low-level API of PostgreSQL's documentation ("Making a Base Backup Using the Low Level
/// API"): the npm packages of the other majors have no pg_basebackup, and Debian's does not speak to newer servers.
/// </summary>
internal static class BaseBackup
{
    private const int RenamedFunctionsMajor = 15;

    /// <summary>Copies, with all of the WAL that the copy needs, and makes it follow the server.</summary>
    public static async Task TakeAsync(TestPostgresServer primary, string source, string target, CancellationToken cancellationToken)
    {
        var (start, stop) = primary.Major >= RenamedFunctionsMajor
            ? ("SELECT pg_backup_start('copy', fast => true)", "SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)")
            : ("SELECT pg_start_backup('copy', true, false)", "SELECT labelfile FROM pg_stop_backup(false, false)");
        await using var session = await primary.OpenAsync(primary.Superuser, "postgres", cancellationToken);
        await using var starting = new Npgsql.NpgsqlCommand(start, session);
        await starting.ExecuteNonQueryAsync(cancellationToken);
        Copy(new DirectoryInfo(source), target, isTop: true);
        await using var stopping = new Npgsql.NpgsqlCommand(stop, session);
        var label = (string)(await stopping.ExecuteScalarAsync(cancellationToken))!;

        // The rest of the WAL, up to the end of the backup, comes by streaming: wal_keep_size keeps it.
        await File.WriteAllTextAsync(Path.Combine(target, "backup_label"), label, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(target, "standby.signal"), "", cancellationToken);
        // Not verify-full: libpq before 15 matches no IP addresses.
        await File.AppendAllTextAsync(
            Path.Combine(target, "postgresql.auto.conf"),
            $"primary_conninfo = 'host={TestPostgresServer.Host} port={primary.Port} user={primary.Superuser.Name} password={primary.Superuser.Password} sslmode=verify-ca sslrootcert={primary.CertificateAuthorityFile}'\n",
            cancellationToken);
    }

    private static void Copy(DirectoryInfo source, string target, bool isTop)
    {
        Directory.CreateDirectory(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var entry in source.EnumerateFileSystemInfos())
        {
            var copy = Path.Combine(target, entry.Name);
            if (entry is DirectoryInfo folder)
            {
                Copy(folder, copy, isTop: false);
            }
            else if (!isTop || entry.Name is not ("postmaster.pid" or "postmaster.opts"))
            {
                CopyFile(entry.FullName, copy);
            }
        }
    }

    private static void CopyFile(string source, string target)
    {
        try
        {
            File.Copy(source, target);
        }
        catch (FileNotFoundException)
        {
            // Dropped meanwhile: the WAL says so too.
        }
    }
}
