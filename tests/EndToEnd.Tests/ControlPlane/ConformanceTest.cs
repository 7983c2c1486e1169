using System.Text.Json.Nodes;
using ControlPlane;

namespace EndToEnd.ConformanceTests;

/// <summary>What the tests of a control plane share: clients, and a namespace of their own that is deleted afterwards.</summary>
public abstract class ConformanceTest(ConformanceFixture fixture) : IAsyncLifetime
{
    private IControlPlane? _controlPlane;
    private Kubectl? _kubectl;
    private RawApi? _api;

    internal IControlPlane Server => _controlPlane!;

    internal Kubectl Kubectl => _kubectl!;

    internal RawApi Api => _api!;

    protected string Namespace { get; } = $"t{Guid.NewGuid():n}"[..16];

    protected string Collection => $"{Widgets.Path}{Namespace}/widgets";

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        _controlPlane = await fixture.ControlPlaneAsync();
        _kubectl = Kubectl.Admin(_controlPlane);
        _api = RawApi.Admin(_controlPlane);
        await RequireAsync("POST", "/api/v1/namespaces", $$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{Namespace}}" } }""");
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_api is not null)
        {
            await _api.SendAsync("DELETE", $"/api/v1/namespaces/{Namespace}");
        }

        _api?.Dispose();
        _kubectl?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Sends a request that must succeed.</summary>
    protected async Task<JsonNode> RequireAsync(string method, string path, string? body = null, string contentType = "application/json")
    {
        var (code, answer, _) = await Api.SendAsync(method, path, body, contentType);
        Assert.True(code is 200 or 201, $"{method} {path}: {code} {answer}");
        return answer;
    }

    /// <summary>Creates a widget.</summary>
    protected Task<JsonNode> CreateAsync(string name, string spec = """{"color":"red"}""", string metadata = "")
        => RequireAsync("POST", Collection, Widgets.Json(name, spec, metadata));

    /// <summary>Waits until an object is gone.</summary>
    protected async Task WaitUntilGoneAsync(string path)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(TimeSpan.FromMinutes(1));
        while ((await Api.SendAsync("GET", path)).Code != 404)
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    protected static string? Text(JsonNode node, string path)
    {
        JsonNode? current = node;
        foreach (var part in path.Split('.'))
        {
            current = current is JsonArray a ? a[int.Parse(part)] : current?[part];
        }

        return current?.ToString();
    }
}
