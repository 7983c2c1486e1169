using System.Diagnostics;

namespace EndToEnd.Tests.Plugin;

/// <summary>A terminal for a command, by <c>script</c> (Debian's essential package bsdutils).</summary>
internal static class Pseudoterminal
{
    /// <summary>Runs a command line of a shell in it, to its end.</summary>
    /// <param name="command">The command.</param>
    /// <param name="environment">Further variables.</param>
    /// <param name="input">What is typed.</param>
    /// <returns>All that the terminal got, with line feeds only.</returns>
    public static async Task<string> RunAsync(string command, IReadOnlyDictionary<string, string> environment, string input = "")
    {
        var start = new ProcessStartInfo("script", ["--quiet", "--return", "--command", command, "/dev/null"])
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
            await process.StandardInput.WriteAsync(input);
            await process.StandardInput.FlushAsync(deadline.Token);
            var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return output.ReplaceLineEndings("\n");
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
