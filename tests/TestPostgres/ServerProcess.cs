using System.Diagnostics;

namespace TestPostgres;

/// <summary>A running server under its supervisor (supervise.sh): ends, and leaves nothing behind, when the test process dies.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process supervisor;

    private ServerProcess(Process supervisor) => this.supervisor = supervisor;

    /// <summary>True once the server has ended.</summary>
    public bool HasEnded => supervisor.HasExited;

    /// <summary>Starts the server; what it writes goes to <c>server.log</c> in the folder.</summary>
    public static ServerProcess Start(string folder, IEnumerable<string> command)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script(), "supervise", folder, .. command])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        };
        ServerUser.Prepare(start.Environment);
        return new ServerProcess(Process.Start(start) ?? throw new InvalidOperationException("/bin/sh did not start."));
    }

    /// <summary>Sends a signal, by its name without SIG.</summary>
    public async Task SignalAsync(string name)
    {
        try
        {
            await supervisor.StandardInput.WriteLineAsync(name);
            await supervisor.StandardInput.FlushAsync();
        }
        catch (IOException) when (supervisor.HasExited)
        {
            // It ended by itself meanwhile: there is nobody left to signal.
        }
    }

    /// <summary>Waits until the server has ended.</summary>
    public async Task WaitAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await supervisor.WaitForExitAsync(deadline.Token);
    }

    public void Dispose() => supervisor.Dispose();

    private static string Script()
    {
        using var reader = new StreamReader(typeof(ServerProcess).Assembly.GetManifestResourceStream("supervise.sh")!);
        return reader.ReadToEnd();
    }
}
