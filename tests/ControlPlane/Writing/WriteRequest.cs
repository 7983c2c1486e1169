using System.Text.Json.Nodes;
using ControlPlane.Authorization;
using ControlPlane.Http;
using ControlPlane.Patching;
using ControlPlane.Resources;
using ControlPlane.Storage;

namespace ControlPlane.Writing;

/// <summary>A request that may change an object.</summary>
internal sealed record WriteRequest
{
    public required ResourceDefinition Resource { get; init; }

    /// <summary>Empty for cluster-scoped objects.</summary>
    public required string Namespace { get; init; }

    /// <summary>Empty on a create.</summary>
    public required string Name { get; init; }

    /// <summary>Such as <c>status</c>; empty for the object itself.</summary>
    public string Subresource { get; init; } = "";

    public required UserInfo User { get; init; }

    /// <summary>Everything is checked and nothing is stored.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>As the client named itself; empty when it did not.</summary>
    public string FieldManager { get; init; } = "";

    /// <summary>What stands for a missing field manager: the first word of the user agent.</summary>
    public string UserAgent { get; init; } = "unknown";

    /// <summary>Strict, Warn, Ignore; empty means Warn.</summary>
    public string FieldValidation { get; init; } = "";

    /// <summary>Server-side apply takes fields over from others.</summary>
    public bool IsForced { get; init; }

    /// <summary>Go to the client as <c>Warning</c> headers.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Where the object is stored.</summary>
    public ObjectKey Key => new(Resource.StorageName, Namespace, Name);

    /// <summary>The entry in <c>managedFields</c> for this request.</summary>
    public ManagerIdentity Manager(string operation)
        => new(FieldManager.Length > 0 ? FieldManager : UserAgent, operation, Resource.ApiVersion, Subresource);

    /// <summary>The options as admission sees them.</summary>
    public JsonObject Options(string kind)
    {
        var options = new JsonObject { ["kind"] = kind, ["apiVersion"] = "meta.k8s.io/v1" };
        if (IsDryRun)
        {
            options["dryRun"] = new JsonArray("All");
        }

        if (FieldManager.Length > 0)
        {
            options["fieldManager"] = FieldManager;
        }

        if (FieldValidation.Length > 0)
        {
            options["fieldValidation"] = FieldValidation;
        }

        return options;
    }

    public ApiException NotFound() => ApiException.NotFound(Resource.Group, Resource.Plural, Name);

    public ApiException Modified() => ApiException.Modified(Resource.Group, Resource.Plural, Name);

    public ApiException Invalid(IReadOnlyList<FieldError> errors) => ApiException.Invalid(Resource.Group, Resource.Kind, Name, errors);
}
