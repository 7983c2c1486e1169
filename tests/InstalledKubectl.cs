using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Testing;

/// <summary>The kubectl of this machine. Debian 12 packages 1.20, which cannot be asked for everything.</summary>
internal static class InstalledKubectl
{
    private static readonly Lazy<Task<int>> Minor = new(ReadMinorAsync);

    /// <summary>Skips the test where kubectl is missing or too old.</summary>
    /// <param name="minor">The first 1.x that will do.</param>
    /// <param name="capability">What the older ones lack.</param>
    public static async Task RequireAsync(int minor, string capability)
    {
        var installed = await Minor.Value;
        // scripts/test.sh installs one; only tests that are run without it find none.
        Assert.SkipUnless(installed >= 0, "kubectl is not installed: run scripts/prerequisites.sh.");
        // Debian 12's package is 1.20: what needs more runs where a later one is first on the PATH.
        Assert.SkipUnless(installed >= minor, $"kubectl 1.{installed} is installed; {capability} came with 1.{minor}.");
    }

    private static async Task<int> ReadMinorAsync()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, "kubectl"))))
        {
            return -1;
        }

        using var process = Process.Start(new ProcessStartInfo("kubectl", ["version", "--client", "--output=json"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return int.Parse(JsonNode.Parse(output)!["clientVersion"]!["minor"]!.GetValue<string>().TrimEnd('+'), CultureInfo.InvariantCulture);
    }
}
