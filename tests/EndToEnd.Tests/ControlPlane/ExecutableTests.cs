using System.Diagnostics;

namespace EndToEnd.ConformanceTests;

/// <summary>The control plane as a process, as the demo uses it.</summary>
public sealed class ExecutableTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("control-plane-exe-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Serves_until_it_is_told_to_stop_and_cleans_up()
    {
        var definition = ConformanceFixture.WriteDefinition();
        using var process = Start($"--directory {_directory} --user alice:devs,ops --user system:serviceaccount:default:dev --crds {definition}");
        try
        {
            await ServeAndStopAsync(process);
        }
        finally
        {
            // Only a failed test finds it running.
            process.Kill();
        }
    }

    private async Task ServeAndStopAsync(Process process)
    {
        var ready = await ReadLineAsync(process);
        Assert.Equal($"ready: {_directory}/kubeconfig", ready);

        using var admin = new Kubectl($"{_directory}/kubeconfig");
        Assert.Contains("widgets", await admin.RunAsync("api-resources --api-group=test.example.com"), StringComparison.Ordinal);
        using var alice = new Kubectl($"{_directory}/alice.kubeconfig");
        Assert.Contains("User \"alice\" cannot list", await alice.FailAsync("get secrets"), StringComparison.Ordinal);
        using var robot = new Kubectl($"{_directory}/system_serviceaccount_default_dev.kubeconfig");
        Assert.Contains(
            "User \"system:serviceaccount:default:dev\" cannot list", await robot.FailAsync("get secrets"), StringComparison.Ordinal);

        using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {process.Id}"]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Theory]
    [InlineData("", "--directory is missing")]
    [InlineData("--directory x --port many", "unknown or incomplete option --port")]
    [InlineData("--directory x --webhooks y", "--webhooks, --webhook-url and --webhook-ca go together")]
    public async Task Explains_how_it_is_used(string arguments, string expected)
    {
        using var process = Start(arguments);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
        Assert.StartsWith($"ControlPlane: {expected}\n", error, StringComparison.Ordinal);
        Assert.Contains("usage: ControlPlane --directory", error, StringComparison.Ordinal);
    }

    private static Process Start(string arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(ControlPlane.IControlPlane).Assembly.Location);
        foreach (var argument in arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static async Task<string?> ReadLineAsync(Process process)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            return await process.StandardOutput.ReadLineAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
