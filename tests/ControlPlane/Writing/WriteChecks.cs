using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Schema;

namespace ControlPlane.Writing;

/// <summary>What a write must fulfil before it is stored.</summary>
internal static class WriteChecks
{
    /// <summary>Writes the request's namespace into a new object.</summary>
    public static void SetNamespace(WriteRequest request, JsonObject metadata)
    {
        if (!request.Resource.IsNamespaced)
        {
            metadata.Remove("namespace");
            return;
        }

        var given = metadata["namespace"].Text();
        if (!string.IsNullOrEmpty(given) && given != request.Namespace)
        {
            throw ApiException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        metadata["namespace"] = request.Namespace;
    }

    /// <summary>Checks that the object's name is the one in the URL.</summary>
    public static void CheckName(WriteRequest request, JsonObject o)
    {
        var name = o["metadata"]?["name"].Text() ?? "";
        if (name != request.Name)
        {
            throw ApiException.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Name})");
        }
    }

    /// <summary>Checks name, uid and resource version of an update against the stored object.</summary>
    public static void CheckPreconditions(WriteRequest request, JsonObject old, JsonObject now)
    {
        var metadata = now.Child("metadata");
        CheckName(request, now);
        var uid = metadata["uid"].Text();
        if (!string.IsNullOrEmpty(uid) && uid != old["metadata"]!["uid"].Text())
        {
            throw ApiException.Conflict(
                request.Resource.Group,
                request.Resource.Plural,
                request.Name,
                $"Precondition failed: UID in precondition: {uid}, UID in object meta: {old["metadata"]!["uid"].Text()}");
        }

        var resourceVersion = metadata["resourceVersion"].Text();
        if (!string.IsNullOrEmpty(resourceVersion) && resourceVersion != old["metadata"]!["resourceVersion"].Text())
        {
            throw request.Modified();
        }
    }

    /// <summary>Checks the object itself, and what an update may not change.</summary>
    public static void Validate(WriteRequest request, JsonObject? old, JsonObject o)
    {
        var errors = new List<FieldError>();
        ObjectMetadata.Validate(o, old, request.Resource.StorageName == "/namespaces", errors);
        BuiltInRules.Validate(request, old, o, errors);
        if (request.Resource.IsCustom)
        {
            Validation.Validate(o, request.Resource.Schema, "", errors);
            if (errors.Count == 0)
            {
                TransitionRules.Validate(o, old, request.Resource.Schema, "", errors);
            }
            else if (!errors.TrueForAll(e => e.Field == "metadata.name" && e.Reason == "FieldValueInvalid"))
            {
                errors.Add(FieldError.Invalid(
                    "<nil>",
                    "null",
                    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"));
            }
        }

        if (errors.Count > 0)
        {
            throw request.Invalid(errors);
        }
    }
}
