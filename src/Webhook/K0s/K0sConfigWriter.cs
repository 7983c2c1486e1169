namespace Webhook.K0s;

/// <summary>Writes the files of <see cref="K0sFiles"/>, or prints them.</summary>
internal sealed class K0sConfigWriter(K0sTopology topology, string statistics, TextWriter output, TextWriter error)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes or prints.</summary>
    /// <param name="database">The database.</param>
    /// <param name="folder">Null: print.</param>
    /// <param name="show">Whether what is printed holds the DSN.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task WriteAsync(K0sDatabase database, string? folder, bool show, CancellationToken cancellationToken)
    {
        if (folder is null)
        {
            await PrintAsync(database, show);
            return;
        }

        foreach (var controller in topology.Controllers)
        {
            await SaveAsync(Path.Combine(folder, controller.Name, "k0s.yaml"), K0sFiles.K0sYaml(topology, controller, database.Dsn), cancellationToken);
        }

        await SaveAsync(Path.Combine(folder, "haproxy.cfg"), K0sFiles.Haproxy(topology, statistics), cancellationToken);
        if (database.Authority is not null)
        {
            await SaveAsync(Path.Combine(folder, "ca.crt"), database.Authority, cancellationToken);
            await error.WriteLineAsync($"Copy ca.crt to {K0sFiles.AuthorityPath} on every controller, before k0s starts.");
        }
    }

    private async Task PrintAsync(K0sDatabase database, bool show)
    {
        foreach (var controller in topology.Controllers)
        {
            await output.WriteLineAsync($"# {controller.Name}: /etc/k0s/k0s.yaml");
            await output.WriteAsync(K0sFiles.K0sYaml(topology, controller, show ? database.Dsn : $"<connection string in {database}>"));
            await output.WriteLineAsync("---");
        }

        await output.WriteLineAsync("# load balancer: /etc/haproxy/haproxy.cfg");
        await output.WriteAsync(K0sFiles.Haproxy(topology, statistics));
        if (!show)
        {
            await error.WriteLineAsync("The connection string holds a password: --output-directory writes it into files that only you can read, --show-connection-string prints it.");
        }
    }

    // A new file in the place of the old one: that may be readable by others, or be open.
    private static async Task SaveAsync(string path, string text, CancellationToken cancellationToken)
    {
        var directory = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory);
        var temporary = Path.Combine(directory, $".{Path.GetRandomFileName()}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        try
        {
            await using (var writer = new StreamWriter(temporary, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false), options))
            {
                await writer.WriteAsync(text.AsMemory(), cancellationToken);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
