using System.Text.Json.Nodes;

namespace ControlPlane.Real;

/// <summary>One etcd member that trades durability for speed: nothing in it survives the control plane.</summary>
internal sealed class Etcd(string program, string directory, int clientPort, int peerPort) : IAsyncDisposable
{
    private ChildProcess? _process;

    /// <summary>Where the API server connects.</summary>
    public string ClientUrl => $"http://127.0.0.1:{clientPort}";

    /// <summary>Starts the process; the API server waits until it answers.</summary>
    public async Task StartAsync()
    {
        string[] arguments =
        [
            $"--data-dir={Path.Combine(directory, "etcd")}", $"--listen-client-urls={ClientUrl}", $"--advertise-client-urls={ClientUrl}",
            $"--listen-peer-urls=http://127.0.0.1:{peerPort}", $"--initial-advertise-peer-urls=http://127.0.0.1:{peerPort}",
            $"--initial-cluster=default=http://127.0.0.1:{peerPort}", "--unsafe-no-fsync", "--log-level=warn",
        ];
        _process = await ChildProcess.StartAsync(program, arguments, Path.Combine(directory, "etcd.log"));
    }

    /// <summary>Drops every revision before the present one, through etcd's JSON gateway.</summary>
    public async Task CompactAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(ClientUrl) };
        using var range = await http.PostAsJsonAsync("/v3/kv/range", new { key = "AA==" }, cancellationToken);
        range.EnsureSuccessStatusCode();
        var revision = (await range.Content.ReadFromJsonAsync<JsonNode>(cancellationToken))?["header"]?["revision"]?.GetValue<string>();
        using var compaction = await http.PostAsJsonAsync("/v3/kv/compaction", new { revision, physical = true }, cancellationToken);
        compaction.EnsureSuccessStatusCode();
    }

    /// <summary>The end of etcd's log, for messages.</summary>
    public string LogTail() => _process?.LogTail() ?? "";

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
