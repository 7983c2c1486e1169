using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ControlPlane.Client;
using ControlPlane.Http;

namespace ControlPlane.Controllers;

/// <summary>
/// The two controllers of kube-controller-manager that our work depends on: garbage collection by owner references, and the emptying of
/// namespaces that are being deleted. They use the API like any client, so that both forms have the same ones.
/// </summary>
internal sealed class ClusterControllers : IAsyncDisposable
{
    private readonly ApiClient _client;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<ObjectChange> _changes = Channel.CreateUnbounded<ObjectChange>();
    private readonly Dictionary<MonitoredResource, (CancellationTokenSource Stop, Task Run)> _monitors = [];
    private readonly Task _running;

    public ClusterControllers(ApiClient client, TimeProvider timeProvider)
    {
        _client = client;
        _timeProvider = timeProvider;
        _running = RunAsync(_stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Ended(_running);
        foreach (var (stop, run) in _monitors.Values)
        {
            await Ended(run);
            stop.Dispose();
        }

        _stopping.Dispose();
    }

    private static async Task Ended(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // How it ends.
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var graph = new OwnerGraph();
        var collector = new GarbageCollector(_client, graph, () => _monitors.Keys);
        var namespaces = new NamespaceFinalizer(_client, () => _monitors.Keys);
        foreach (var resource in await BuiltInsAsync(cancellationToken))
        {
            Follow(resource);
        }

        while (true)
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (collector.HasWork || namespaces.HasWork)
            {
                pause.CancelAfter(TimeSpan.FromMilliseconds(100));
            }

            try
            {
                await _changes.Reader.WaitToReadAsync(pause.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The pause before trying unfinished work again is over.
            }

            while (_changes.Reader.TryRead(out var change))
            {
                FollowDefinition(change);
                namespaces.Observe(change);
                collector.Observe(change);
            }

            try
            {
                await collector.WorkAsync(cancellationToken);
                await namespaces.WorkAsync(cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or JsonException)
            {
                // The API server is away; what was not done stays queued, and is not tried all the time.
                await Task.Delay(TimeSpan.FromMilliseconds(100), _timeProvider, cancellationToken);
            }
        }
    }

    private async Task<IReadOnlyList<MonitoredResource>> BuiltInsAsync(CancellationToken cancellationToken)
    {
        string[] groups =
        [
            "/api/v1", "/apis/apps/v1", "/apis/coordination.k8s.io/v1", "/apis/rbac.authorization.k8s.io/v1", "/apis/policy/v1",
            "/apis/networking.k8s.io/v1", "/apis/apiextensions.k8s.io/v1", "/apis/admissionregistration.k8s.io/v1",
        ];
        var found = new List<MonitoredResource>();
        foreach (var group in groups)
        {
            ApiAnswer answer;
            while (true)
            {
                try
                {
                    answer = await _client.SendAsync(HttpMethod.Get, group, null, cancellationToken);
                    break;
                }
                catch (HttpRequestException)
                {
                    // Away for the moment; asked again, but not all the time.
                    await Task.Delay(TimeSpan.FromMilliseconds(100), _timeProvider, cancellationToken);
                }
            }

            if (answer.StatusCode != HttpStatusCode.OK)
            {
                continue;
            }

            foreach (var resource in answer.Body!["resources"] as JsonArray ?? [])
            {
                var verbs = resource!["verbs"].Texts().ToHashSet(StringComparer.Ordinal);
                var name = resource["name"].Text()!;
                // Events are many and own nothing.
                if (verbs.Contains("watch") && verbs.Contains("delete") && name != "events" && !name.Contains('/', StringComparison.Ordinal))
                {
                    found.Add(new MonitoredResource(
                        answer.Body["groupVersion"].Text()!, name, resource["kind"].Text()!, resource["namespaced"].IsTrue()));
                }
            }
        }

        return found;
    }

    private void FollowDefinition(ObjectChange change)
    {
        if (change.Object["kind"].Text() is { } kind && kind != "CustomResourceDefinition"
            || change.Resource.Plural != "customresourcedefinitions")
        {
            return;
        }

        var spec = change.Object["spec"]!;
        var version = spec["versions"]!.AsArray().First(v => v!["storage"].IsTrue())!["name"].Text();
        var resource = new MonitoredResource(
            $"{spec["group"].Text()}/{version}",
            spec["names"]!["plural"].Text()!,
            spec["names"]!["kind"].Text()!,
            spec["scope"].Text() == "Namespaced");
        if (!change.IsDeleted)
        {
            Follow(resource);
        }
        else if (_monitors.Remove(resource, out var monitor))
        {
            monitor.Stop.Cancel();
        }
    }

    private void Follow(MonitoredResource resource)
    {
        if (_monitors.ContainsKey(resource))
        {
            return;
        }

        var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        _monitors[resource] = (stop, new ResourceMonitor(_client, resource, _changes.Writer, _timeProvider).RunAsync(stop.Token));
    }
}
