using System.Globalization;
using Bench.Servers;

namespace Bench.Admission;

/// <summary>Starts the servers that play in a run, each in a process of its own.</summary>
internal sealed class Cast(AdmissionSettings settings)
{
    private static readonly Dictionary<string, string> Nothing = [];
    private readonly int apiServerPort = ServerProcess.FreePort();
    private readonly int counterPort = ServerProcess.FreePort();
    private int starts;

    /// <summary>The port on which the webhook serves TLS.</summary>
    public int WebhookPort { get; } = ServerProcess.FreePort();

    /// <summary>The port on which the floor serves TLS.</summary>
    public int FloorPort { get; } = ServerProcess.FreePort();

    private static string OwnAssembly => typeof(Cast).Assembly.Location;

    /// <summary>Starts the API server; the webhook cannot be started without it.</summary>
    public Task<ServerProcess> StartApiServerAsync()
    {
        File.WriteAllText(Path.Combine(settings.Work, "kubeconfig"), string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            apiVersion: v1
            kind: Config
            current-context: bench
            contexts: [{name: bench, context: {cluster: bench, user: bench}}]
            clusters: [{name: bench, cluster: {server: "https://localhost:{{{apiServerPort}}}", certificate-authority: "{{{Path.Combine(settings.Work, "ca.crt")}}}"}}]
            users: [{name: bench, user: {token: bench}}]
            """));
        return StartAsync(
            [OwnAssembly, "api-server", Text(apiServerPort), settings.Work, Text(counterPort)], Nothing, $"http://localhost:{counterPort}/");
    }

    /// <summary>Starts the floor.</summary>
    public Task<ServerProcess> StartFloorAsync() =>
        StartAsync([OwnAssembly, "floor", Text(FloorPort), settings.Work], Nothing, $"https://localhost:{FloorPort}/");

    /// <summary>Starts the webhook as it is published.</summary>
    /// <param name="asksForAccess">Whether it asks the API server if the requesting user may read the Secrets.</param>
    /// <param name="provisions">Whether it is a controller too.</param>
    public Task<ServerProcess> StartWebhookAsync(bool asksForAccess, bool provisions = false)
    {
        var managementPort = ServerProcess.FreePort();
        return StartAsync(
            [Path.Combine(settings.Webhook, "Webhook.dll")],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Kubernetes__Kubeconfig"] = Path.Combine(settings.Work, "kubeconfig"),
                ["Https__Port"] = Text(WebhookPort),
                ["Https__CertificateDirectory"] = settings.Work,
                ["Management__Port"] = Text(managementPort),
                ["Authorization__SecretAccess"] = asksForAccess ? "Enforce" : "Off",
                ["Provisioning__Enabled"] = provisions ? "true" : "false",
                ["Provisioning__LeaderElection"] = "false",
            },
            $"http://localhost:{managementPort}/readyz");
    }

    /// <summary>What the API server has counted so far.</summary>
    public async Task<(long Connections, long Questions)> CountAsync()
    {
        using var client = new HttpClient();
        var counts = (await client.GetStringAsync(new Uri($"http://localhost:{counterPort}/"))).Split(' ');
        return (long.Parse(counts[0], CultureInfo.InvariantCulture), long.Parse(counts[1], CultureInfo.InvariantCulture));
    }

    private Task<ServerProcess> StartAsync(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string readyUrl) =>
        ServerProcess.StartAsync(arguments, environment, new Uri(readyUrl), Path.Combine(settings.Work, $"server-{++starts}.log"));

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
