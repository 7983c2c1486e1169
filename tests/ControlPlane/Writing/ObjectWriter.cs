using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Admission;
using ControlPlane.Http;
using ControlPlane.Patching;
using ControlPlane.Schema;
using ControlPlane.Storage;

namespace ControlPlane.Writing;

/// <summary>Creates and updates objects: field ownership, admission, validation, optimistic concurrency.</summary>
internal sealed class ObjectWriter(Store store, IAdmission admission, TimeProvider timeProvider)
{
    /// <summary>As often as the API server tries a patch again that others overtook.</summary>
    private const int MaxAttempts = 5;

    /// <summary>Creates an object and returns it as stored.</summary>
    /// <param name="request">The request; its name is empty.</param>
    /// <param name="o">The decoded object; changed by this method.</param>
    /// <param name="applied">True when server-side apply creates: the entry in managedFields is an Apply.</param>
    /// <param name="cancellationToken">Ends webhook calls.</param>
    public async Task<JsonObject> CreateAsync(WriteRequest request, JsonObject o, bool applied, CancellationToken cancellationToken)
    {
        var metadata = o.Child("metadata");
        WriteChecks.SetNamespace(request, metadata);
        if (!string.IsNullOrEmpty(metadata["resourceVersion"].Text()))
        {
            throw ApiException.BadRequest("resourceVersion should not be set on objects to be created");
        }

        var now = timeProvider.GetUtcNow();
        CheckNamespace(request, metadata["name"].Text() ?? "");
        ObjectMetadata.BeforeCreate(o);
        Pruning.Default(o, request.Resource.Schema);
        ObjectMetadata.DropEmpty(o);
        BuiltInRules.Prepare(request, null, o, now);
        request = request with { Name = metadata["name"].Text() ?? "" };
        if (!applied)
        {
            new FieldManager(request.Resource, timeProvider).Update(null, o, request.Manager("Update"));
        }

        var call = new AdmissionCall
        {
            Request = request,
            Operation = "CREATE",
            Name = request.Name,
            Object = o,
            Options = request.Options("CreateOptions"),
        };
        o = await admission.MutateAsync(call, cancellationToken) ?? throw new InvalidOperationException("A create lost its object.");
        ObjectMetadata.Identify(o, now, request.Resource.HasGeneration);
        BuiltInRules.Complete(request, o);
        request = request with { Name = o["metadata"]!["name"].Text() ?? "" };
        call = call with { Request = request, Name = request.Name };
        if (request.Resource is { HasStatus: true, IsCustom: true })
        {
            o.Remove("status");
        }

        WriteChecks.Validate(request, null, o);
        Json.Sort(ref o);
        if (store.Get(request.Key) is not null)
        {
            throw ApiException.AlreadyExists(request.Resource.Group, request.Resource.Plural, request.Name);
        }

        await admission.ValidateAsync(call with { Object = o }, cancellationToken);
        Pruning.Prune(o, request.Resource.Schema, "", []);
        // A status that is set by default only is no client's: it comes back after the client's own was dropped.
        Pruning.Default(o, request.Resource.Schema);
        if (request.IsDryRun)
        {
            return o;
        }

        return store.Put(request.Key, 0, o)?.Value
            ?? throw ApiException.AlreadyExists(request.Resource.Group, request.Resource.Plural, request.Name);
    }

    /// <summary>Updates an object and returns it as stored.</summary>
    /// <param name="request">The request.</param>
    /// <param name="transform">Makes the new object out of a copy of the stored one; called again when others write in between.</param>
    /// <param name="manager">Null when the transformation keeps managedFields itself.</param>
    /// <param name="cancellationToken">Ends webhook calls.</param>
    public async Task<JsonObject> UpdateAsync(
        WriteRequest request, Func<JsonObject, JsonObject> transform, ManagerIdentity? manager, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var stored = store.Get(request.Key) ?? throw request.NotFound();
            var old = stored.Value;
            var now = transform((JsonObject)old.DeepClone());
            WriteChecks.CheckPreconditions(request, old, now);
            now = Prepare(request, old, now, manager);
            var call = new AdmissionCall
            {
                Request = request,
                Operation = "UPDATE",
                Name = request.Name,
                Object = now,
                OldObject = old,
                Options = request.Options("UpdateOptions"),
            };
            now = await admission.MutateAsync(call, cancellationToken) ?? throw new InvalidOperationException("An update lost its object.");
            SetGeneration(request, old, now);
            WriteChecks.Validate(request, old, now);
            Json.Sort(ref now);
            await admission.ValidateAsync(call with { Object = now }, cancellationToken);
            Pruning.Prune(now, request.Resource.Schema, "", []);
            if (IsSame(old, now))
            {
                return old;
            }

            if (request.IsDryRun)
            {
                return now;
            }

            // An unconditional write that lost the race is made again on what the others left.
            if (Write(request, stored, now) is { } written)
            {
                return written;
            }

            if (attempt == MaxAttempts)
            {
                throw request.Modified();
            }
        }
    }

    private JsonObject Prepare(WriteRequest request, JsonObject old, JsonObject now, ManagerIdentity? manager)
    {
        if (request.Subresource.Length > 0)
        {
            var field = request.Subresource == "finalize" ? "spec" : "status";
            var managedFields = now["metadata"]?["managedFields"]?.DeepClone();
            var part = now[field]?.DeepClone();
            now = (JsonObject)old.DeepClone();
            now["metadata"]!["managedFields"] = managedFields;
            now.Remove(field);
            if (part is not null)
            {
                now[field] = part;
            }
        }
        else if (request.Resource.HasStatus)
        {
            now.Remove("status");
            if (old["status"] is { } status)
            {
                now["status"] = status.DeepClone();
            }
        }

        ObjectMetadata.CarryOver(old, now);
        Pruning.Default(now, request.Resource.Schema);
        if (request.Subresource.Length == 0)
        {
            BuiltInRules.Prepare(request, old, now, timeProvider.GetUtcNow());
        }

        ObjectMetadata.DropEmpty(now);
        if (manager is { } identity)
        {
            new FieldManager(request.Resource, timeProvider).Update(old, now, identity);
        }

        return now;
    }

    private void CheckNamespace(WriteRequest request, string name)
    {
        if (!request.Resource.IsNamespaced)
        {
            return;
        }

        var ns = store.Get(new ObjectKey("/namespaces", "", request.Namespace)) ?? throw ApiException.NotFound("", "namespaces", request.Namespace);
        if (ns.Value["metadata"]!["deletionTimestamp"] is not null)
        {
            throw ApiException.Forbidden(
                request.Resource.Group,
                request.Resource.Plural,
                name,
                $"unable to create new content in namespace {request.Namespace} because it is being terminated");
        }
    }

    private static void SetGeneration(WriteRequest request, JsonObject old, JsonObject now)
    {
        if (!request.Resource.HasGeneration || request.Subresource.Length > 0)
        {
            return;
        }

        var generation = old["metadata"]!["generation"].Number() ?? 0;
        now["metadata"]!["generation"] = IsSameSpec(request, old, now) ? generation : generation + 1;
    }

    private static bool IsSameSpec(WriteRequest request, JsonObject old, JsonObject now)
    {
        bool Counts(string field) => field != "metadata" && !(field == "status" && request.Resource.HasStatus);
        return old.Select(p => p.Key).Union(now.Select(p => p.Key), StringComparer.Ordinal)
            .Where(Counts)
            .All(field => JsonNode.DeepEquals(old[field], now[field]));
    }

    private static bool IsSame(JsonObject old, JsonObject now)
    {
        if (JsonNode.DeepEquals(old, now))
        {
            return true;
        }

        // The time in managedFields alone is no change.
        var left = (JsonObject)old.DeepClone();
        var right = (JsonObject)now.DeepClone();
        foreach (var entry in ((JsonObject[])[left, right]).SelectMany(o => o["metadata"]!["managedFields"] as JsonArray ?? []))
        {
            (entry as JsonObject)?.Remove("time");
        }

        return JsonNode.DeepEquals(left, right);
    }

    private JsonObject? Write(WriteRequest request, StoredObject stored, JsonObject now)
    {
        var metadata = now["metadata"]!;
        var isDone = metadata["deletionTimestamp"] is not null && metadata["finalizers"] is not JsonArray { Count: > 0 }
            && now["spec"]?["finalizers"] is not JsonArray { Count: > 0 };
        if (!isDone)
        {
            return store.Put(request.Key, stored.Revision, now)?.Value;
        }

        var last = store.Remove(request.Key, stored.Revision);
        if (last is null)
        {
            return null;
        }

        metadata["resourceVersion"] = last.Revision.ToString(CultureInfo.InvariantCulture);
        return now;
    }
}
