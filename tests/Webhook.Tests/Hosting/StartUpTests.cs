using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Webhook.Tests.Hosting;

/// <summary>The real process: how it refuses to start, and how it ends.</summary>
public sealed class StartUpTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("webhook-test-").FullName;
    private readonly TestCertificates certificates = new();
    private readonly List<Process> started = [];

    public StartUpTests()
    {
        certificates.Write(folder);
        File.WriteAllText(
            Path.Combine(folder, "kubeconfig"),
            """{"apiVersion":"v1","kind":"Config","clusters":[{"name":"a","cluster":{"server":"http://127.0.0.1:9"}}],"users":[{"name":"a","user":{"token":"x"}}],"contexts":[{"name":"a","context":{"cluster":"a","user":"a"}}],"current-context":"a"}""");
    }

    public void Dispose()
    {
        foreach (var process in started)
        {
            // Only a failed test leaves one running.
            process.Kill();
            process.Dispose();
        }

        certificates.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("--Https:Port=many", "Https:Port")]
    [InlineData("--Https:Port=70000", "Https:Port must be between 0 and 65535.")]
    [InlineData("--Admission:MaxConcurrentReviews=0", "Admission:MaxConcurrentReviews must be between 1 and 4096.")]
    [InlineData("--Https:CertificateDirectory=/no/such/folder", "Https:CertificateDirectory: /no/such/folder does not hold both files.")]
    [InlineData("--Https:CertificateDirectory=", "Https:CertificateDirectory is not set")]
    [InlineData("--Https:ClientCertificate:CertificateAuthorityFile=/no/such/file", "Https:ClientCertificate:CertificateAuthorityFile: /no/such/file does not exist.")]
    [InlineData("--Https:ClientCertificate:AllowedNames:0=a", "AllowedNames needs Https:ClientCertificate:CertificateAuthorityFile")]
    [InlineData("--Https:SelfSigned:Enabled=true", "Https:SelfSigned:Enabled excludes Https:CertificateDirectory")]
    [InlineData("--Kubernetes:Kubeconfig=/no/such/file", "Kubernetes:Kubeconfig")]
    [InlineData("--Shutdown:DrainDuration=-1", "Shutdown:DrainDuration must be between")]
    public async Task A_mistake_in_the_configuration_ends_the_process_with_one_line(string setting, string expected)
    {
        var process = Start(setting);

        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(1, process.ExitCode);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", await output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Https:Port")]
    [InlineData("Management:Port")]
    public async Task A_port_in_use_ends_the_process_with_one_line_and_nothing_else(string key)
    {
        using var taken = new TcpListener(IPAddress.IPv6Any, 0);
        taken.Server.DualMode = true;
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var process = Start($"--{key}={port}");

        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal($"{key}: the port {port} is in use. Set it to a free port.\n", error);
        Assert.Equal("", await output);
        Assert.Equal(1, process.ExitCode);
    }

    [Fact]
    public async Task Survives_an_unknown_API_server_and_ends_orderly_on_SIGTERM()
    {
        var process = Start("--Shutdown:DrainDuration=00:00:00");
        string? line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        }
        while (!line.Contains("Now listening on: http://", StringComparison.Ordinal));

        var port = line.Split("http://[::]:")[1].Split('"')[0];
        using var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}") };
        using var ready = await client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("[-]kubernetes failed: The API server cannot be reached", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("ok", await client.GetStringAsync("/livez"));

        using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {process.Id}"]);
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.Empty(await process.StandardError.ReadToEndAsync());
    }

    private Process Start(string setting)
    {
        var process = Process.Start(new ProcessStartInfo
        {
            FileName = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet",
            ArgumentList =
            {
                typeof(Program).Assembly.Location, "--Https:Port=0", "--Management:Port=0", $"--Https:CertificateDirectory={folder}",
                $"--Kubernetes:Kubeconfig={folder}/kubeconfig", "--Provisioning:Enabled=false", setting,
            },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        started.Add(process);
        return process;
    }
}
