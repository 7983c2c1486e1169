using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Storage;
using ControlPlane.Writing;

namespace ControlPlane.Authorization;

/// <summary>Answers access, token and identity reviews, and requests for ServiceAccount tokens. Nothing is stored.</summary>
internal sealed class ReviewEndpoint(Authorizer authorizer, ServiceAccountTokens tokens, Store store)
{
    /// <summary>Answers a POST to one of the review resources.</summary>
    public async Task CreateAsync(ApiRequest request)
    {
        var review = Decoder.Decode(await request.ReadBodyAsync(), request.ContentType, request.ToWrite(""));
        review.Child("metadata");
        var spec = review["spec"];
        review["status"] = request.Resource.Kind switch
        {
            "SubjectAccessReview" => Access(Subject(spec), spec),
            "LocalSubjectAccessReview" when spec?["resourceAttributes"]?["namespace"].Text() is { } ns && ns != request.Info.Namespace =>
                throw ApiException.Invalid(request.Resource.Group, request.Resource.Kind, "", [FieldError.Invalid(
                    "spec.resourceAttributes.namespace", $"\"{ns}\"", "must match metadata.namespace")]),
            "LocalSubjectAccessReview" => Access(Subject(spec), spec),
            "SelfSubjectAccessReview" => Access(request.User, spec),
            "SelfSubjectRulesReview" => Rules(request.User, spec?["namespace"].Text() ?? ""),
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = request.User.ToJson() },
            _ => Token(spec?["token"].Text() ?? ""),
        };
        await Answers.WriteAsync(request.Context, 201, review, []);
    }

    /// <summary>Answers a POST to <c>serviceaccounts/name/token</c>.</summary>
    public async Task CreateTokenAsync(ApiRequest request)
    {
        var key = new ObjectKey(request.Resource.StorageName, request.Info.Namespace, request.Info.Name);
        var account = store.Get(key)?.Value ?? throw ApiException.NotFound("", "serviceaccounts", request.Info.Name);
        var body = Decoder.Read(await request.ReadBodyAsync(), request.ContentType, "TokenRequest", null);
        var seconds = body["spec"]?["expirationSeconds"].Number() ?? 3600;
        var (token, expires) = tokens.Issue(account, [.. (body["spec"]?["audiences"]).Texts()], TimeSpan.FromSeconds(seconds));
        body["apiVersion"] = "authentication.k8s.io/v1";
        body["kind"] = "TokenRequest";
        body["status"] = new JsonObject { ["token"] = token, ["expirationTimestamp"] = ObjectMetadata.Format(expires) };
        await Answers.WriteAsync(request.Context, 201, body, []);
    }

    private static UserInfo Subject(JsonNode? spec) => new()
    {
        Name = spec?["user"].Text() ?? "",
        Uid = spec?["uid"].Text() ?? "",
        Groups = [.. (spec?["groups"]).Texts()],
    };

    private JsonObject Access(UserInfo user, JsonNode? spec)
    {
        var resource = spec?["resourceAttributes"];
        var path = spec?["nonResourceAttributes"];
        if (resource is null && path is null)
        {
            throw ApiException.Invalid("authorization.k8s.io", "SubjectAccessReview", "", [FieldError.Invalid(
                "spec.resourceAttributes", "null", "exactly one of nonResourceAttributes or resourceAttributes must be specified")]);
        }

        var plural = resource?["resource"].Text() ?? "";
        var subresource = resource?["subresource"].Text() ?? "";
        var (isAllowed, reason) = authorizer.Ask(new AccessQuestion
        {
            User = user,
            Verb = (resource ?? path)!["verb"].Text() ?? "",
            Path = path?["path"].Text(),
            Group = resource?["group"].Text() ?? "",
            Resource = subresource.Length > 0 ? $"{plural}/{subresource}" : plural,
            Namespace = resource?["namespace"].Text() ?? "",
            Name = resource?["name"].Text() ?? "",
        });
        var status = new JsonObject { ["allowed"] = isAllowed };
        if (reason.Length > 0)
        {
            status["reason"] = reason;
        }

        return status;
    }

    private JsonObject Rules(UserInfo user, string ns)
    {
        var resources = new JsonArray();
        var paths = new JsonArray();
        foreach (var rule in authorizer.RulesOf(user, ns).SelectMany(r => r.Rules))
        {
            (rule["nonResourceURLs"] is JsonArray { Count: > 0 } ? paths : resources).Add(rule.DeepClone());
        }

        if (user.Groups.Contains("system:masters", StringComparer.Ordinal))
        {
            resources.Add(new JsonObject { ["verbs"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*") });
        }

        return new JsonObject { ["resourceRules"] = resources, ["nonResourceRules"] = paths, ["incomplete"] = false };
    }

    private JsonObject Token(string token) => tokens.Find(token) is { } user
        ? new JsonObject
        {
            ["authenticated"] = true,
            ["user"] = user.ToJson(),
            ["audiences"] = new JsonArray("https://kubernetes.default.svc.cluster.local"),
        }
        : new JsonObject { ["user"] = new JsonObject(), ["error"] = "invalid bearer token" };
}
