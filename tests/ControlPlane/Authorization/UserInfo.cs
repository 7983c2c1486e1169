using System.Text.Json.Nodes;

namespace ControlPlane.Authorization;

/// <summary>Who asks, as authentication found out.</summary>
internal sealed record UserInfo
{
    public required string Name { get; init; }

    /// <summary>Empty when the authenticator knows none.</summary>
    public string Uid { get; init; } = "";

    public IReadOnlyList<string> Groups { get; init; } = [];

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; }
        = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    /// <summary>The form of <c>authentication.k8s.io/v1 UserInfo</c>; empty fields are left out.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["username"] = Name };
        if (Uid.Length > 0)
        {
            json["uid"] = Uid;
        }

        if (Groups.Count > 0)
        {
            json["groups"] = new JsonArray([.. Groups.Select(g => (JsonNode?)JsonValue.Create(g))]);
        }

        if (Extra.Count > 0)
        {
            json["extra"] = new JsonObject(Extra.Select(
                e => KeyValuePair.Create(e.Key, (JsonNode?)new JsonArray([.. e.Value.Select(v => (JsonNode?)JsonValue.Create(v))]))));
        }

        return json;
    }
}
