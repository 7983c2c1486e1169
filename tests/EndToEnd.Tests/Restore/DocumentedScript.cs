using System.Diagnostics;
using System.Text.RegularExpressions;
using ControlPlane;

namespace EndToEnd.Tests.Restore;

/// <summary>The commands of <c>docs/backup.md</c>: what the page shows under a heading is what runs.</summary>
internal sealed partial class DocumentedScript
{
    private const string Settings = "Settings";

    private readonly Dictionary<string, List<string>> blocks = new(StringComparer.Ordinal);

    /// <summary>Reads the page.</summary>
    public static async Task<DocumentedScript> ReadAsync(CancellationToken cancellationToken)
    {
        var script = new DocumentedScript();
        var heading = "";
        foreach (Match match in HeadingOrBlock().Matches(await File.ReadAllTextAsync(Repository.Path("docs/backup.md"), cancellationToken)))
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

    /// <summary>Runs what stands under a heading, after the settings, and fails the test when it fails.</summary>
    /// <returns>All that it wrote.</returns>
    public async Task<string> RunAsync(string heading, IReadOnlyDictionary<string, string> settings, IControlPlane controlPlane, CancellationToken cancellationToken)
    {
        Assert.NotEmpty(blocks[heading]);
        var home = Directory.CreateTempSubdirectory("backup-home-");
        try
        {
            var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "--", "bash", "-euo", "pipefail", "-c", string.Join('\n', [.. blocks[Settings].Skip(1), .. blocks[heading]])])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = home.FullName,
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
