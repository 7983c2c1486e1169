using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Storage;

namespace ControlPlane.Authorization;

/// <summary>A question that RBAC answers.</summary>
internal sealed record AccessQuestion
{
    public required UserInfo User { get; init; }

    public required string Verb { get; init; }

    /// <summary>Null for a question about a resource.</summary>
    public string? Path { get; init; }

    public string Group { get; init; } = "";

    /// <summary>The plural, with <c>/subresource</c> where there is one.</summary>
    public string Resource { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>The text of a refusal.</summary>
    public string Refusal()
    {
        if (Path is not null)
        {
            return $"forbidden: User \"{User.Name}\" cannot {Verb} path \"{Path}\"";
        }

        var where = Namespace.Length > 0 ? $"in the namespace \"{Namespace}\"" : "at the cluster scope";
        return $"User \"{User.Name}\" cannot {Verb} resource \"{Resource}\" in API group \"{Group}\" {where}";
    }
}

/// <summary>Role-based access control over the stored roles and bindings.</summary>
internal sealed class Authorizer(Store store)
{
    /// <summary>The group whose members may do everything.</summary>
    public const string Administrators = "system:masters";

    private const string Group = "rbac.authorization.k8s.io";

    /// <summary>Whether the user may; the reason names the binding, as SubjectAccessReviews show it.</summary>
    public (bool IsAllowed, string Reason) Ask(AccessQuestion question)
    {
        if (question.User.Groups.Contains(Administrators, StringComparer.Ordinal))
        {
            return (true, "");
        }

        foreach (var (binding, rules) in RulesOf(question.User, question.Namespace))
        {
            if (rules.Any(rule => Allows(rule, question)))
            {
                return (true, Reason(binding, question.User));
            }
        }

        return (false, "");
    }

    /// <summary>The rules that bindings give a user, cluster-wide and in one namespace.</summary>
    public IEnumerable<(JsonObject Binding, IReadOnlyList<JsonObject> Rules)> RulesOf(UserInfo user, string ns)
    {
        var bindings = List($"{Group}/clusterrolebindings", null);
        if (ns.Length > 0)
        {
            bindings = bindings.Concat(List($"{Group}/rolebindings", ns));
        }

        foreach (var binding in bindings)
        {
            var subjects = binding["subjects"] as JsonArray ?? [];
            if (subjects.OfType<JsonObject>().Any(subject => IsSubject(subject, user)))
            {
                yield return (binding, Rules(binding));
            }
        }
    }

    private IReadOnlyList<JsonObject> Rules(JsonObject binding)
    {
        var name = binding["roleRef"]?["name"].Text() ?? "";
        var key = binding["roleRef"]?["kind"].Text() == "ClusterRole"
            ? new ObjectKey($"{Group}/clusterroles", "", name)
            : new ObjectKey($"{Group}/roles", binding["metadata"]!["namespace"].Text() ?? "", name);
        return [.. (store.Get(key)?.Value["rules"] as JsonArray ?? []).OfType<JsonObject>()];
    }

    private IEnumerable<JsonObject> List(string resource, string? ns) => store.List(resource, ns, null, out _)!.Select(o => o.Value);

    private static bool IsSubject(JsonObject subject, UserInfo user) => subject["kind"].Text() switch
    {
        "User" => subject["name"].Text() == user.Name,
        "Group" => user.Groups.Contains(subject["name"].Text() ?? "", StringComparer.Ordinal),
        "ServiceAccount" => user.Name == $"system:serviceaccount:{subject["namespace"].Text()}:{subject["name"].Text()}",
        _ => false,
    };

    private static bool Allows(JsonObject rule, AccessQuestion question)
    {
        if (!HasOrAll(rule["verbs"], question.Verb))
        {
            return false;
        }

        if (question.Path is { } path)
        {
            return rule["nonResourceURLs"].Texts().Any(
                url => url == path || (url.EndsWith('*') && path.StartsWith(url[..^1], StringComparison.Ordinal)));
        }

        var names = rule["resourceNames"].Texts().ToList();
        return HasOrAll(rule["apiGroups"], question.Group)
            && HasResource(rule["resources"], question.Resource)
            && (names.Count == 0 || names.Contains(question.Name, StringComparer.Ordinal));
    }

    private static bool HasResource(JsonNode? resources, string resource)
    {
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        return HasOrAll(resources, resource)
            || (slash > 0 && resources.Texts().Contains("*" + resource[slash..], StringComparer.Ordinal));
    }

    private static bool HasOrAll(JsonNode? values, string value)
        => values.Texts().Any(v => v == "*" || v == value);

    private static string Reason(JsonObject binding, UserInfo user)
    {
        var kind = binding["kind"].Text();
        var name = binding["metadata"]!["name"].Text();
        var ns = binding["metadata"]!["namespace"].Text();
        var subject = (binding["subjects"] as JsonArray ?? []).OfType<JsonObject>().First(s => IsSubject(s, user));
        var who = subject["kind"].Text() == "ServiceAccount"
            ? $"ServiceAccount \"{subject["name"].Text()}/{subject["namespace"].Text()}\""
            : $"{subject["kind"].Text()} \"{subject["name"].Text()}\"";
        var role = $"{binding["roleRef"]!["kind"].Text()} \"{binding["roleRef"]!["name"].Text()}\"";
        return $"RBAC: allowed by {kind} \"{(ns is null ? name : $"{name}/{ns}")}\" of {role} to {who}";
    }
}
