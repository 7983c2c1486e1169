using System.Diagnostics;
using Webhook.Offline;

namespace Webhook.Tests.Offline;

public sealed class ProcessTests : IDisposable
{
    private readonly CommandLine commands = new();

    public void Dispose() => commands.Dispose();

    [Fact]
    public async Task The_built_process_checks_without_any_configuration()
    {
        var file = commands.Write("ds.yaml", Samples.DataSource("dé.example.com:0"));
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Webhook.dll"), "check", "-f", file },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = commands.Folder.FullName,
        };
        start.Environment.Remove("KUBECONFIG");
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);

            Assert.Equal(1, process.ExitCode);
            Assert.StartsWith($"{file}:9: spec.endpoints[0]: ", await output, StringComparison.Ordinal);
            Assert.DoesNotContain('\u001b', await output);
            Assert.StartsWith("checked 1 objects", await error, StringComparison.Ordinal);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(false, "--Https:Port=9443")]
    [InlineData(false, "--Https:Port", "9443")]
    [InlineData(false, "/Https:Port=9443")]
    [InlineData(false, "Https:Port=9443")]
    [InlineData(false, "--environment=Development")]
    [InlineData(true, "check")]
    [InlineData(true, "inject", "-f", "x")]
    [InlineData(true, "chekc")]
    [InlineData(true, "--help")]
    public void Arguments_of_the_server_still_are_the_servers(bool expected, params string[] args) =>
        Assert.Equal(expected, OfflineCommands.AreMeant(args));

    [Theory]
    [InlineData("--help")]
    [InlineData("check", "--help")]
    [InlineData("inject", "--help")]
    public async Task Explains_itself(params string[] args)
    {
        var (exitCode, output, _) = await CommandLine.RunAsync(args);

        Assert.Equal(0, exitCode);
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
    }
}
