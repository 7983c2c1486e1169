using System.Diagnostics;
using System.Text;

namespace EndToEnd.Tests.Plugin;

/// <summary>A terminal for a command, by <c>script</c> (Debian's essential package bsdutils).</summary>
internal static class Pseudoterminal
{
    /// <summary>Runs a command line of a shell in it, to its end.</summary>
    /// <param name="command">The command.</param>
    /// <param name="environment">Further variables.</param>
    /// <param name="input">What is typed.</param>
    /// <returns>All that the terminal got, with line feeds only.</returns>
    public static async Task<string> RunAsync(string command, IReadOnlyDictionary<string, string> environment, string input = "") =>
        (await TalkAsync(command, environment, "", input)).Output;

    /// <summary>Runs a command line of a shell in it, to its end.</summary>
    /// <param name="command">The command.</param>
    /// <param name="environment">Further variables.</param>
    /// <param name="awaited">What must stand there before anything is typed.</param>
    /// <param name="input">What is typed then; <c>\u0003</c> is Ctrl-C.</param>
    /// <returns>The exit code, and all that the terminal got, with line feeds only.</returns>
    public static async Task<(int ExitCode, string Output)> TalkAsync(string command, IReadOnlyDictionary<string, string> environment, string awaited, string input)
    {
        // Whoever runs the tests in the background has Ctrl-C ignored, which every process inherits.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "script", "--quiet", "--return", "--command", command, "/dev/null"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // What the tests' own terminal wants is not what this one does.
        start.Environment.Remove("NO_COLOR");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(2));
        using var process = Process.Start(start)!;
        try
        {
            var output = new StringBuilder();
            var buffer = new char[4096];
            while (!output.ToString().Contains(awaited, StringComparison.Ordinal) && await process.StandardOutput.ReadAsync(buffer, deadline.Token) is > 0 and var count)
            {
                output.Append(buffer, 0, count);
            }

            await process.StandardInput.WriteAsync(input);
            await process.StandardInput.FlushAsync(deadline.Token);
            output.Append(await process.StandardOutput.ReadToEndAsync(deadline.Token));
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, output.ToString().ReplaceLineEndings("\n"));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
