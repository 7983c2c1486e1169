using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Storage;

namespace ControlPlane.Admission;

/// <summary>One webhook of a Validating- or MutatingWebhookConfiguration.</summary>
internal sealed class Webhook(JsonObject source)
{
    public string Name { get; } = source["name"].Text() ?? "";

    /// <summary>What the URL's <c>timeout</c> says and how long a call may take.</summary>
    public TimeSpan Timeout { get; } = TimeSpan.FromSeconds(source["timeoutSeconds"].Number() ?? 10);

    /// <summary>True: a webhook that cannot be asked is passed over.</summary>
    public bool IsIgnoredOnFailure { get; } = source["failurePolicy"].Text() == "Ignore";

    /// <summary>True: other versions of a resource match too.</summary>
    public bool MatchesEquivalent { get; } = source["matchPolicy"].Text() != "Exact";

    /// <summary>True: called again when a later webhook changed the object.</summary>
    public bool IsReinvoked { get; } = source["reinvocationPolicy"].Text() == "IfNeeded";

    /// <summary>False: dry runs are refused, because the webhook may do something.</summary>
    public bool SupportsDryRun { get; } = source["sideEffects"].Text() is "None" or "NoneOnDryRun";

    public LabelSelector NamespaceSelector { get; } = LabelSelector.From(source["namespaceSelector"]);

    public LabelSelector ObjectSelector { get; } = LabelSelector.From(source["objectSelector"]);

    public IReadOnlyList<JsonObject> Rules { get; } = [.. (source["rules"] as JsonArray ?? []).OfType<JsonObject>()];

    /// <summary>PEM; empty for the system's roots.</summary>
    public string Authority { get; } = Encoding.UTF8.GetString(Convert.FromBase64String(source["clientConfig"]?["caBundle"].Text() ?? ""));

    /// <summary>Null for a service, which nothing resolves here.</summary>
    public Uri? Url { get; } = source["clientConfig"]?["url"].Text() is { } url ? new Uri(url) : null;

    /// <summary>The service's name; null for a URL.</summary>
    public string? Service { get; } = source["clientConfig"]?["service"]?["name"].Text();

    /// <summary>Where the call goes, for messages.</summary>
    public string Address => Url is null
        ? $"https://{Service}.{source["clientConfig"]?["service"]?["namespace"].Text()}.svc:"
            + $"{source["clientConfig"]?["service"]?["port"].Number() ?? 443}{source["clientConfig"]?["service"]?["path"].Text()}?timeout={Seconds}"
        : $"{Url.AbsoluteUri}{(Url.Query.Length > 0 ? "&" : "?")}timeout={Seconds}";

    private string Seconds => $"{(long)Timeout.TotalSeconds}s";

    /// <summary>The webhooks of one kind of configuration, in the order in which they are called.</summary>
    public static IEnumerable<Webhook> Read(Store store, string plural)
        => store.List($"admissionregistration.k8s.io/{plural}", null, null, out _)!
            .SelectMany(configuration => (configuration.Value["webhooks"] as JsonArray ?? []).OfType<JsonObject>())
            .Select(webhook => new Webhook(webhook));
}
