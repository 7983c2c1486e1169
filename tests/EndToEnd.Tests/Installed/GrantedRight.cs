using System.Text.Json.Nodes;
using ControlPlane;

namespace EndToEnd.Tests.Installed;

/// <summary>One verb on one resource that a role gives a ServiceAccount.</summary>
/// <param name="Account">The username of the ServiceAccount.</param>
/// <param name="Verb">The verb.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The plural, with its subresource.</param>
/// <param name="Namespace">Null: in every namespace.</param>
/// <param name="Name">Null: whatever the object's name.</param>
internal sealed record GrantedRight(string Account, string Verb, string Group, string Resource, string? Namespace, string? Name)
{
    /// <summary>Whether a request was allowed by this right.</summary>
    public bool Covers(AccessRecord asked) =>
        asked.IsAllowed && asked.User == Account && asked.Verb == Verb && asked.Group == Group && asked.Resource == Resource
        && (Namespace is null || asked.Namespace == Namespace) && (Name is null || asked.Name == Name);

    /// <summary>Everything that the bindings among the objects give to ServiceAccounts.</summary>
    public static IReadOnlyList<GrantedRight> ReadAll(IReadOnlyList<JsonObject> objects) =>
    [
        .. from binding in objects
           where Text(binding["kind"]) is "ClusterRoleBinding" or "RoleBinding"
           let role = objects.Single(o =>
               Text(o["kind"]) == Text(binding["roleRef"]!["kind"]) && Text(o["metadata"]!["name"]) == Text(binding["roleRef"]!["name"]))
           from subject in binding["subjects"]!.AsArray()
           from rule in role["rules"]!.AsArray()
           from verb in Texts(rule!["verbs"])
           from apiGroup in Texts(rule["apiGroups"])
           from resource in Texts(rule["resources"])
           from name in rule["resourceNames"] is null ? [null] : Texts(rule["resourceNames"])
           select new GrantedRight(
               $"system:serviceaccount:{Text(subject!["namespace"])}:{Text(subject["name"])}",
               verb!,
               apiGroup!,
               resource!,
               Text(binding["metadata"]!["namespace"]),
               name),
    ];

    private static string? Text(JsonNode? node) => (string?)node;

    private static IEnumerable<string?> Texts(JsonNode? node) => node!.AsArray().Select(Text);
}
