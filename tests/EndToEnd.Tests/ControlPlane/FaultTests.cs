using System.Diagnostics;
using ControlPlane;

namespace EndToEnd.ConformanceTests;

/// <summary>Restarts, cuts and compaction, each on a control plane of its own.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private IControlPlane? _server;
    private RawApi? _api;

    private IControlPlane Server => _server!;

    private RawApi Api => _api!;

    public async ValueTask InitializeAsync()
    {
        _server = await ControlPlanes.StartAsync(new ControlPlaneOptions(), TestContext.Current.CancellationToken);
        _api = RawApi.Admin(_server);
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Server.DisposeAsync();
    }

    [Fact]
    public async Task Keeps_its_content_and_its_port_over_a_restart()
    {
        await CreateAsync("a");
        var url = Server.ServerUrl;
        await Server.RestartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(url, Server.ServerUrl);
        using var fresh = RawApi.Admin(Server);
        Assert.Equal(200, (await fresh.SendAsync("GET", $"{ConfigMaps}/a")).Code);
    }

    [Fact]
    public async Task Cuts_watches_and_takes_new_ones()
    {
        using var watch = await Api.WatchAsync($"{ConfigMaps}?watch=1&resourceVersion={await VersionAsync()}");
        await Server.CutWatchesAsync(TestContext.Current.CancellationToken);
        Assert.True(await HasEndedAsync(watch));

        using var fresh = RawApi.Admin(Server);
        var (_, list, _) = await fresh.SendAsync("GET", ConfigMaps);
        using var second = await fresh.WatchAsync($"{ConfigMaps}?watch=1&resourceVersion={list["metadata"]!["resourceVersion"]}");
        await CreateAsync("b");
        Assert.Equal("ADDED b", await second.NextChangeAsync());
    }

    [Fact]
    public async Task Forgets_what_was_before_a_compaction()
    {
        var version = await VersionAsync();
        await CreateAsync("a");
        await CreateAsync("b");
        var (_, page, _) = await Api.SendAsync("GET", $"{ConfigMaps}?limit=1");
        await CreateAsync("c");
        await Server.CompactAsync(TestContext.Current.CancellationToken);

        using var fresh = RawApi.Admin(Server);
        using var watch = await fresh.WatchAsync($"{ConfigMaps}?watch=1&resourceVersion={version}");
        if (watch.Code == 200)
        {
            var error = await watch.NextAsync();
            Assert.Equal("ERROR", (string?)error!["type"]);
            Assert.Equal("Expired", (string?)error["object"]!["reason"]);
            Assert.Equal(410, (int)error["object"]!["code"]!);
        }
        else
        {
            Assert.Equal(410, watch.Code);
        }

        var token = Uri.EscapeDataString((string)page["metadata"]!["continue"]!);
        var (code, body, _) = await fresh.SendAsync("GET", $"{ConfigMaps}?limit=1&continue={token}");
        Assert.Equal(410, code);
        Assert.Equal("Expired", (string?)body["reason"]);
        Assert.StartsWith("The provided continue parameter is too old", (string?)body["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaves_nothing_behind()
    {
        string kubeconfig;
        Uri url;
        await using (var server = await ControlPlanes.StartAsync(new ControlPlaneOptions(), TestContext.Current.CancellationToken))
        {
            kubeconfig = server.AdminKubeconfigPath;
            url = server.ServerUrl;
            Assert.True(File.Exists(kubeconfig));
        }

        Assert.False(File.Exists(kubeconfig));
        using var http = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(url, TestContext.Current.CancellationToken));
        Assert.DoesNotContain(
            Process.GetProcessesByName("etcd"), p => p.Id != 0 && CommandLine(p).Contains(Path.GetDirectoryName(kubeconfig)!, StringComparison.Ordinal));
    }

    private static string CommandLine(Process process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task<bool> HasEndedAsync(EventReader watch)
    {
        try
        {
            while (await watch.NextAsync() is not null)
            {
                // What was sent before the cut may still arrive.
            }

            return true;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return true;
        }
    }

    private async Task<string> VersionAsync() => (string)(await Api.SendAsync("GET", ConfigMaps)).Body["metadata"]!["resourceVersion"]!;

    private async Task CreateAsync(string name)
    {
        using var fresh = RawApi.Admin(Server);
        var (code, body, _) = await fresh.SendAsync(
            "POST", ConfigMaps, $$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{name}}" } }""");
        Assert.True(code == 201, body.ToString());
    }
}
