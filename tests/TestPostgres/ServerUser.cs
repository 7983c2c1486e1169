using System.Diagnostics;
using System.Globalization;

namespace TestPostgres;

/// <summary>Who runs the server: initdb and postgres refuse root, so root's tests run them as <c>postgres</c>, else <c>nobody</c>.</summary>
internal sealed class ServerUser
{
    private readonly (int User, int Group)? other = Environment.IsPrivilegedProcess ? FindUnprivileged() : null;

    /// <summary>The command line that runs a program as that user, ended by the kernel when the process that starts it ends.</summary>
    public IReadOnlyList<string> Command(IEnumerable<string> program, string deathSignal = "QUIT") => other is { } ids
        ? ["setpriv", $"--reuid={ids.User}", $"--regid={ids.Group}", "--clear-groups", "--pdeathsig", deathSignal, "--", .. program]
        : ["setpriv", "--pdeathsig", deathSignal, "--", .. program];

    /// <summary>Gives a folder and all in it to that user.</summary>
    public async Task OwnAsync(string folder, CancellationToken cancellationToken)
    {
        if (other is { } ids)
        {
            await RunAsync(["chown", "-R", $"{ids.User}:{ids.Group}", folder], null, cancellationToken);
        }
    }

    /// <summary>Runs a program as that user to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds what it wrote.</exception>
    public Task RunAsUserAsync(IEnumerable<string> program, string? password, CancellationToken cancellationToken) =>
        RunAsync(other is { } ids
            ? ["setpriv", $"--reuid={ids.User}", $"--regid={ids.Group}", "--clear-groups", "--", .. program]
            : [.. program], password, cancellationToken);

    /// <summary>No home: libpq would look there for certificates, and may not look into root's.</summary>
    public static void Prepare(IDictionary<string, string?> environment)
    {
        environment["LC_ALL"] = "C";
        environment["HOME"] = "/nonexistent";
    }

    private static async Task RunAsync(IReadOnlyList<string> command, string? password, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        Prepare(start.Environment);
        if (password is not null)
        {
            start.Environment["PGPASSWORD"] = password;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}: {await output}{await error}");
        }
    }

    private static (int User, int Group) FindUnprivileged()
    {
        var entries = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToList();
        var entry = entries.Find(fields => fields[0] == "postgres") ?? entries.Find(fields => fields[0] == "nobody")
            ?? throw new InvalidOperationException("Root cannot run PostgreSQL, and there is no user postgres or nobody to run it as.");
        return (int.Parse(entry[2], CultureInfo.InvariantCulture), int.Parse(entry[3], CultureInfo.InvariantCulture));
    }
}
