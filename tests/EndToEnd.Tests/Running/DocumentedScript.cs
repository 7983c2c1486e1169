using System.Diagnostics;
using System.Text.RegularExpressions;
using ControlPlane;

namespace EndToEnd.Tests.Running;

/// <summary>
/// The commands of a page: what it shows under a heading in blocks of <c>bash</c> is what runs; those of <c>sh</c> are for people only. With a section
/// "Settings", its first block is left to the test's environment and its others come before every other section.
/// </summary>
internal sealed partial class DocumentedScript
{
    private const string Settings = "Settings";

    private readonly Dictionary<string, List<string>> blocks = new(StringComparer.Ordinal);

    private DocumentedScript(string text) => Text = text;

    /// <summary>The page.</summary>
    public string Text { get; }

    /// <summary>Where the commands run. Null: in a folder of their own.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Reads a page.</summary>
    /// <param name="page">Its path below the repository's root.</param>
    /// <param name="workingDirectory">See <see cref="WorkingDirectory"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<DocumentedScript> ReadAsync(string page, string? workingDirectory, CancellationToken cancellationToken)
    {
        var script = new DocumentedScript(await File.ReadAllTextAsync(Repository.Path(page), cancellationToken)) { WorkingDirectory = workingDirectory };
        var heading = "";
        foreach (Match match in HeadingOrBlock().Matches(script.Text))
        {
            if (match.Groups["heading"].Success)
            {
                heading = match.Groups["heading"].Value;
                script.blocks[heading] = [];
            }
            else
            {
                script.blocks[heading].Add(match.Groups["block"].Value);
            }
        }

        return script;
    }

    /// <summary>The names that the reader is to set: those of the first block, which no test runs.</summary>
    public IEnumerable<string> SettingNames => Assignment().Matches(blocks[Settings][0]).Select(match => match.Groups["name"].Value);

    /// <summary>Puts what is so on this machine in the place of what the page says, in every command.</summary>
    public void Replace(string documented, string here)
    {
        Assert.Contains(blocks.Values.SelectMany(section => section), block => block.Contains(documented, StringComparison.Ordinal));
        foreach (var section in blocks.Values)
        {
            for (var block = 0; block < section.Count; block++)
            {
                section[block] = section[block].Replace(documented, here, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Runs what stands under a heading, after the settings, and fails the test when it fails.</summary>
    /// <returns>All that it wrote.</returns>
    public async Task<string> RunAsync(string heading, IReadOnlyDictionary<string, string> settings, IControlPlane controlPlane, CancellationToken cancellationToken)
    {
        Assert.NotEmpty(blocks[heading]);
        var home = Directory.CreateTempSubdirectory("documented-home-");
        try
        {
            var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "--", "bash", "-euo", "pipefail", "-c", string.Join('\n', [.. blocks.GetValueOrDefault(Settings, []).Skip(1), .. blocks[heading]])])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = WorkingDirectory ?? home.FullName,
            };
            start.Environment["KUBECONFIG"] = controlPlane.AdminKubeconfigPath;
            start.Environment["KUBECACHEDIR"] = start.Environment["HOME"] = start.Environment["TMPDIR"] = home.FullName;
            foreach (var (name, value) in settings)
            {
                start.Environment[name] = value;
            }

            using var process = Process.Start(start)!;
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(TimeSpan.FromMinutes(3));
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
                var error = process.StandardError.ReadToEndAsync(deadline.Token);
                await process.WaitForExitAsync(deadline.Token);
                Assert.True(process.ExitCode == 0, $"\"{heading}\" ended with {process.ExitCode}:\n{await output}{await error}");
                return await output + await error;
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"^## (?<heading>[^\n]+)$|^```bash\n(?<block>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HeadingOrBlock();

    [GeneratedRegex(@"(?<=^export[^\n]*\s)(?<name>[A-Z]+)=", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Assignment();
}
