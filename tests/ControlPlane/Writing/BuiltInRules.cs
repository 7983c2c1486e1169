using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Http;

namespace ControlPlane.Writing;

/// <summary>What the API server does to particular built-in kinds when they are written.</summary>
internal static class BuiltInRules
{
    /// <summary>Completes an object before anything else looks at it. <paramref name="old"/> is null on a create.</summary>
    public static void Prepare(WriteRequest request, JsonObject? old, JsonObject o, DateTimeOffset now)
    {
        switch (request.Resource.StorageName)
        {
            case "/namespaces":
                o.Child("metadata").Child("labels")["kubernetes.io/metadata.name"] = o["metadata"]!["name"].Text();
                break;
            case "/secrets":
                PrepareSecret(o);
                break;
            case "apiextensions.k8s.io/customresourcedefinitions":
                DefinitionRules.Prepare(old, o, now);
                break;
        }
    }

    /// <summary>Adds what belongs to the server itself, so that no field manager owns it.</summary>
    public static void Complete(WriteRequest request, JsonObject o)
    {
        if (request.Resource.StorageName == "/namespaces")
        {
            o.Child("spec")["finalizers"] = new JsonArray("kubernetes");
            o["status"] = new JsonObject { ["phase"] = "Active" };
        }
    }

    /// <summary>Adds what is wrong with the object.</summary>
    public static void Validate(WriteRequest request, JsonObject? old, JsonObject o, List<FieldError> errors)
    {
        switch (request.Resource.StorageName)
        {
            case "/secrets":
                if (old is not null && old["type"].Text() != o["type"].Text())
                {
                    errors.Add(FieldError.Invalid("type", Schema.Validation.Quote(o["type"].Text() ?? ""), "field is immutable"));
                }

                CheckImmutable(old, o, "data", errors);
                break;
            case "/configmaps":
                CheckImmutable(old, o, "data", errors);
                break;
            case "rbac.authorization.k8s.io/rolebindings" or "rbac.authorization.k8s.io/clusterrolebindings":
                if (old is not null && !JsonNode.DeepEquals(old["roleRef"], o["roleRef"]))
                {
                    errors.Add(FieldError.Invalid("roleRef", Schema.Validation.Show(o["roleRef"]), "cannot change roleRef"));
                }

                break;
            case "apiextensions.k8s.io/customresourcedefinitions":
                DefinitionRules.Validate(o, errors);
                break;
        }
    }

    private static void PrepareSecret(JsonObject o)
    {
        foreach (var (_, value) in o["data"] as JsonObject ?? [])
        {
            var text = value.Text() ?? "";
            if (!Convert.TryFromBase64String(text, new byte[text.Length], out _))
            {
                throw ApiException.BadRequest("Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 0");
            }
        }

        if (o["stringData"] is JsonObject texts)
        {
            foreach (var (key, value) in texts)
            {
                o.Child("data")[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value.Text() ?? ""));
            }

            o.Remove("stringData");
        }
    }

    private static void CheckImmutable(JsonObject? old, JsonObject o, string field, List<FieldError> errors)
    {
        if (!(old?["immutable"]).IsTrue())
        {
            return;
        }

        if (!o["immutable"].IsTrue())
        {
            errors.Add(FieldError.Forbidden("immutable", "field is immutable when `immutable` is set"));
        }

        if (!JsonNode.DeepEquals(old![field], o[field]))
        {
            errors.Add(FieldError.Forbidden(field, "field is immutable when `immutable` is set"));
        }
    }
}
