using System.Text.Json.Nodes;
using ControlPlane.Admission;
using ControlPlane.Http;
using ControlPlane.Storage;

namespace ControlPlane.Writing;

/// <summary>Deletes objects: preconditions, admission, propagation policy, finalizers.</summary>
internal sealed class ObjectDeleter(Store store, IAdmission admission, TimeProvider timeProvider)
{
    private static readonly string[] PolicyFinalizers = ["foregroundDeletion", "orphan"];

    /// <summary>Deletes an object, or marks it when finalizers hold it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="options">DeleteOptions as the client sent them.</param>
    /// <param name="callName">The name that admission sees: empty for one object of a collection.</param>
    /// <param name="cancellationToken">Ends webhook calls.</param>
    /// <returns>The object that is still there; null when it is gone.</returns>
    public async Task<(JsonObject Object, bool IsGone)> DeleteAsync(
        WriteRequest request, JsonObject options, string callName, CancellationToken cancellationToken)
    {
        while (true)
        {
            var stored = store.Get(request.Key) ?? throw request.NotFound();
            CheckPreconditions(request, options, stored.Value);
            var call = new AdmissionCall
            {
                Request = request,
                Operation = "DELETE",
                Name = callName,
                OldObject = stored.Value,
                Options = options,
            };
            await admission.MutateAsync(call, cancellationToken);
            await admission.ValidateAsync(call, cancellationToken);

            var marked = Mark(request, options, stored.Value);
            if (marked is not null && (request.IsDryRun || JsonNode.DeepEquals(marked, stored.Value)))
            {
                return (marked, false);
            }

            if (marked is null)
            {
                if (request.IsDryRun || store.Remove(request.Key, stored.Revision) is not null)
                {
                    return (stored.Value, true);
                }
            }
            else if (store.Put(request.Key, stored.Revision, marked) is { } written)
            {
                return (written.Value, false);
            }
        }
    }

    private static void CheckPreconditions(WriteRequest request, JsonObject options, JsonObject o)
    {
        var metadata = o["metadata"]!;
        var uid = options["preconditions"]?["uid"].Text();
        var resourceVersion = options["preconditions"]?["resourceVersion"].Text();
        string? why = null;
        if (uid is not null && uid != metadata["uid"].Text())
        {
            why = $"the UID in the precondition ({uid}) does not match the UID in record ({metadata["uid"].Text()}). "
                + "The object might have been deleted and then recreated";
        }
        else if (resourceVersion is not null && resourceVersion != metadata["resourceVersion"].Text())
        {
            why = $"the ResourceVersion in the precondition ({resourceVersion}) does not match the ResourceVersion in record "
                + $"({metadata["resourceVersion"].Text()}). The object might have been modified";
        }

        if (why is not null)
        {
            throw ApiException.Conflict(request.Resource.Group, request.Resource.Kind, request.Name, why);
        }
    }

    /// <summary>The object with its deletion recorded; null when nothing holds it.</summary>
    private JsonObject? Mark(WriteRequest request, JsonObject options, JsonObject old)
    {
        var o = (JsonObject)old.DeepClone();
        var metadata = o["metadata"]!.AsObject();
        var finalizers = metadata["finalizers"].Texts().ToList();
        var wanted = options["propagationPolicy"].Text() switch
        {
            "Foreground" => "foregroundDeletion",
            "Orphan" => "orphan",
            "Background" => "",
            _ => null,
        };
        if (wanted is not null)
        {
            finalizers.RemoveAll(f => f != wanted && PolicyFinalizers.Contains(f, StringComparer.Ordinal));
            if (wanted.Length > 0 && !finalizers.Contains(wanted, StringComparer.Ordinal))
            {
                finalizers.Add(wanted);
            }
        }

        var isNamespace = request.Resource.StorageName == "/namespaces" && o["spec"]?["finalizers"] is JsonArray { Count: > 0 };
        if (finalizers.Count == 0 && !isNamespace)
        {
            return null;
        }

        if (finalizers.Count > 0)
        {
            metadata["finalizers"] = new JsonArray([.. finalizers.Select(f => (JsonNode?)JsonValue.Create(f))]);
        }
        else
        {
            metadata.Remove("finalizers");
        }

        if (metadata["deletionTimestamp"] is null)
        {
            metadata["deletionTimestamp"] = ObjectMetadata.Format(timeProvider.GetUtcNow());
            if (isNamespace)
            {
                o.Child("status")["phase"] = "Terminating";
            }
            else
            {
                metadata["deletionGracePeriodSeconds"] = 0;
            }

            if (metadata["generation"].Number() is { } generation)
            {
                metadata["generation"] = generation + 1;
            }
        }

        Json.Sort(ref o);
        return o;
    }
}
