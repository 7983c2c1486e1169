using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Resources;
using ControlPlane.Storage;

namespace ControlPlane.Admission;

/// <summary>Finds the webhooks that want to be asked. Match conditions are CEL and are taken as true: the embedded server asks more often.</summary>
internal sealed class WebhookMatcher(Store store, ResourceCatalog catalog)
{
    /// <summary>The resource in the version that the webhook is to see; null when it is not concerned.</summary>
    public ResourceDefinition? Match(Webhook webhook, AdmissionCall call)
    {
        var resource = call.Request.Resource;
        if (resource.Group == "admissionregistration.k8s.io" && resource.Kind.EndsWith("WebhookConfiguration", StringComparison.Ordinal))
        {
            // A webhook must not be able to protect itself.
            return null;
        }

        var matched = webhook.Rules.Any(rule => Matches(rule, resource, call)) ? resource : null;
        if (matched is null && webhook.MatchesEquivalent)
        {
            matched = catalog.All.Where(r => r.StorageName == resource.StorageName && r.Version != resource.Version)
                .FirstOrDefault(other => webhook.Rules.Any(rule => Matches(rule, other, call)));
        }

        return matched is not null && MatchesNamespace(webhook, call) && MatchesObject(webhook, call) ? matched : null;
    }

    private static bool Matches(JsonObject rule, ResourceDefinition resource, AdmissionCall call)
    {
        var subresource = call.Request.Subresource;
        return Has(rule["operations"], call.Operation)
            && Has(rule["apiGroups"], resource.Group)
            && Has(rule["apiVersions"], resource.Version)
            && rule["resources"].Texts().Any(r => MatchesResource(r, resource.Plural, subresource))
            && rule["scope"].Text() switch
            {
                "Namespaced" => resource.IsNamespaced,
                "Cluster" => !resource.IsNamespaced,
                _ => true,
            };
    }

    private static bool MatchesResource(string pattern, string plural, string subresource)
    {
        var slash = pattern.IndexOf('/', StringComparison.Ordinal);
        var name = slash < 0 ? pattern : pattern[..slash];
        var below = slash < 0 ? "" : pattern[(slash + 1)..];
        return (name == "*" || name == plural) && (below == subresource || below == "*");
    }

    private static bool Has(JsonNode? values, string value) => values.Texts().Any(v => v == "*" || v == value);

    private bool MatchesNamespace(Webhook webhook, AdmissionCall call)
    {
        if (call.Request.Resource.StorageName == "/namespaces")
        {
            return webhook.NamespaceSelector.Matches((call.Object ?? call.OldObject)?["metadata"]?["labels"]);
        }

        return !call.Request.Resource.IsNamespaced
            || webhook.NamespaceSelector.Matches(
                store.Get(new ObjectKey("/namespaces", "", call.Request.Namespace))?.Value["metadata"]?["labels"]);
    }

    private static bool MatchesObject(Webhook webhook, AdmissionCall call)
        => (call.Object is { } o && webhook.ObjectSelector.Matches(o["metadata"]?["labels"]))
            || (call.OldObject is { } old && webhook.ObjectSelector.Matches(old["metadata"]?["labels"]));
}
