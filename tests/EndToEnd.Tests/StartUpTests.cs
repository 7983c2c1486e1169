using System.Diagnostics.CodeAnalysis;
using ControlPlane;
using EndToEnd.Tests.Running;
using TestPostgres;

namespace EndToEnd.Tests;

/// <summary>How the process starts: it ends at once with one line where a person must mend something, and waits where time will.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "Disposed in DisposeAsync.")]
public sealed class StartUpTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("startup-");
    private readonly TestCertificateAuthority authority = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Kubernetes__Kubeconfig", "/no/such/file", "/no/such/file")]
    [InlineData("Https__CertificateDirectory", "/no/such/folder", "Https:CertificateDirectory")]
    [InlineData("Https__CertificateDirectory", "", "Https:CertificateDirectory")]
    [InlineData("Https__Port", "-1", "Https:Port")]
    [InlineData("Https__Port", "many", "Https:Port")]
    [InlineData("Provisioning__Workers", "0", "Provisioning:Workers")]
    [InlineData("Provisioning__ResyncPeriod", "soon", "Provisioning:ResyncPeriod")]
    [InlineData("Authorization__SecretAccess", "Perhaps", "Authorization:SecretAccess")]
    [InlineData("Postgres__ConnectTimeout", "-00:00:01", "Postgres:ConnectTimeout")]
    public async Task Ends_with_one_line_that_names_what_to_mend(string key, string value, string named)
    {
        var environment = Environment(await WriteKubeconfigAsync("https://127.0.0.1:1"));
        environment[key] = value;

        await using var process = WebhookProcess.Start(environment);

        Assert.Equal(1, await process.ExitCodeAsync(Token));
        var lines = process.Log.Split('\n').Where(line => line.Length > 0 && !line.StartsWith('{')).ToList();
        Assert.Contains(named, Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waits_for_an_API_server_and_heals_when_it_comes()
    {
        await using var controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), Token);
        await controlPlane.InstallDefinitionsAsync(Token);
        await using var network = new Relay(controlPlane.ServerUrl.Port);
        var kubeconfig = await File.ReadAllTextAsync(controlPlane.AdminKubeconfigPath, Token);
        kubeconfig = kubeconfig.Replace($":{controlPlane.ServerUrl.Port}", $":{network.Port}", StringComparison.Ordinal);

        await using var process = WebhookProcess.Start(Environment(await WriteAsync("kubeconfig", kubeconfig)));
        await Eventually.TrueAsync(
            async () => await process.AskReadinessAsync(Token) is (false, var answer) && answer.Contains("[-]kubernetes", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60),
            () => $"The API server is away and nothing says so:\n{process.Log}",
            Token);

        network.Open();
        await process.ReadyAsync(Token);
    }

    [Fact]
    public async Task Loads_nothing_of_OpenTelemetry_while_no_collector_is_named()
    {
        var environment = Environment(await WriteKubeconfigAsync("https://127.0.0.1:1"));
        await using var plain = WebhookProcess.Start(environment);
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1";
        await using var exporting = WebhookProcess.Start(environment);

        Assert.DoesNotContain("OpenTelemetry", await LoadedAsync(plain), StringComparison.Ordinal);
        Assert.Contains("OpenTelemetry", await LoadedAsync(exporting), StringComparison.Ordinal);

        static async Task<string> LoadedAsync(WebhookProcess process)
        {
            await process.ManagementUrl.WaitAsync(TimeSpan.FromSeconds(60), Token);
            return await File.ReadAllTextAsync($"/proc/{process.Id}/maps", Token);
        }
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await authority.WriteCertificateAsync(folder, Token);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        authority.Dispose();
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private Dictionary<string, string> Environment(string kubeconfig) => new(StringComparer.Ordinal)
    {
        ["Kubernetes__Kubeconfig"] = kubeconfig,
        ["Https__CertificateDirectory"] = folder.FullName,
    };

    private Task<string> WriteKubeconfigAsync(string server) => WriteAsync(
        "kubeconfig",
        $$"""
        apiVersion: v1
        kind: Config
        clusters: [{name: c, cluster: {server: "{{server}}", certificate-authority-data: {{Base64(authority.CertificatePem)}} } }]
        users: [{name: u, user: {token: t} }]
        contexts: [{name: x, context: {cluster: c, user: u} }]
        current-context: x
        """);

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private async Task<string> WriteAsync(string name, string content)
    {
        var path = Path.Combine(folder.FullName, name);
        await File.WriteAllTextAsync(path, content, Token);
        return path;
    }
}
