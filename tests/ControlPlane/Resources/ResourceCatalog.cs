using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Schema;
using ControlPlane.Storage;

namespace ControlPlane.Resources;

/// <summary>What the API serves right now: the built-in kinds and what the stored CustomResourceDefinitions add. Safe for concurrent use.</summary>
internal sealed class ResourceCatalog
{
    /// <summary>Where CustomResourceDefinitions are stored.</summary>
    public const string DefinitionStorage = "apiextensions.k8s.io/customresourcedefinitions";

    private ImmutableDictionary<string, ImmutableArray<ResourceDefinition>> _custom =
        ImmutableDictionary.Create<string, ImmutableArray<ResourceDefinition>>(StringComparer.Ordinal);

    public ResourceCatalog(Store store) => store.Observe(Observe);

    /// <summary>Every served resource in every served version.</summary>
    public IEnumerable<ResourceDefinition> All => BuiltIns.All.Concat(_custom.OrderBy(c => c.Key, StringComparer.Ordinal).SelectMany(c => c.Value));

    /// <summary>The resource, or null when it is not served.</summary>
    public ResourceDefinition? Find(string group, string version, string plural)
        => All.FirstOrDefault(r => r.Group == group && r.Version == version && r.Plural == plural);

    /// <summary>The resource of a kind, or null when it is not served.</summary>
    public ResourceDefinition? FindKind(string apiVersion, string kind) => All.FirstOrDefault(r => r.ApiVersion == apiVersion && r.Kind == kind);

    private void Observe(Change change)
    {
        if (change.Current.Key.Resource == DefinitionStorage)
        {
            var name = change.Current.Key.Name;
            _custom = change.IsDeleted ? _custom.Remove(name) : _custom.SetItem(name, [.. Versions(change.Current.Value)]);
        }
    }

    private static IEnumerable<ResourceDefinition> Versions(JsonObject definition)
    {
        var spec = definition["spec"]!;
        var names = spec["names"]!;
        foreach (var version in spec["versions"]!.AsArray().OfType<JsonObject>().Where(v => v["served"].IsTrue()))
        {
            var schema = new ObjectSchema((version["schema"]?["openAPIV3Schema"] as JsonObject ?? []).DeepClone().AsObject());
            yield return new ResourceDefinition
            {
                Group = spec["group"].Text()!,
                Version = version["name"].Text()!,
                Plural = names["plural"].Text()!,
                Kind = names["kind"].Text()!,
                ListKind = names["listKind"].Text() ?? names["kind"].Text() + "List",
                Singular = names["singular"].Text() ?? names["kind"].Text()!.ToLowerInvariant(),
                ShortNames = [.. names["shortNames"].Texts()],
                Categories = [.. names["categories"].Texts()],
                IsNamespaced = spec["scope"].Text() == "Namespaced",
                Subresources = version["subresources"]?["status"] is null ? [] : ["status"],
                Schema = schema.WithMetadata(),
                Columns = version["additionalPrinterColumns"] is JsonArray columns ? [.. columns.Select(c => ToColumn(c!))] : null,
                IsCustom = true,
                HasGeneration = true,
            };
        }
    }

    private static PrinterColumn ToColumn(JsonNode column) => new(
        column["name"].Text()!,
        column["type"].Text()!,
        column["jsonPath"].Text()!,
        (int)(column["priority"].Number() ?? 0),
        column["description"].Text() ?? "",
        column["format"].Text() ?? "");
}
