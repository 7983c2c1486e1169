using System.Text.Json.Nodes;
using ControlPlane.Authorization;
using ControlPlane.Http;
using ControlPlane.Resources;

namespace ControlPlane.Admission;

/// <summary>
/// The admission plugin <c>OwnerReferencesPermissionEnforcement</c>, which OpenShift turns on: an owner reference that blocks its owner's
/// deletion needs <c>update</c> on the owner's finalizers, and changing the owners of an existing object <c>delete</c> on that object.
/// </summary>
internal sealed class OwnerReferencePermissions(IAdmission next, Authorizer authorizer, AccessLog log, ResourceCatalog catalog) : IAdmission
{
    /// <inheritdoc/>
    public Task<JsonObject?> MutateAsync(AdmissionCall call, CancellationToken cancellationToken) => next.MutateAsync(call, cancellationToken);

    /// <inheritdoc/>
    public Task ValidateAsync(AdmissionCall call, CancellationToken cancellationToken)
    {
        var now = Owners(call.Object);
        var before = Owners(call.OldObject);
        if (call.Operation is "CREATE" or "UPDATE" && call.Request.Subresource.Length == 0 && !Same(now, before))
        {
            Check(call, now, before);
        }

        return next.ValidateAsync(call, cancellationToken);
    }

    private static List<JsonObject> Owners(JsonObject? o) => [.. (o?["metadata"]?["ownerReferences"] as JsonArray ?? []).OfType<JsonObject>()];

    private static bool Same(List<JsonObject> now, List<JsonObject> before) =>
        now.Count == before.Count && now.Zip(before).All(pair => JsonNode.DeepEquals(pair.First, pair.Second));

    private void Check(AdmissionCall call, List<JsonObject> now, List<JsonObject> before)
    {
        var request = call.Request;
        if (call.Operation == "UPDATE")
        {
            Require(call, "delete", request.Resource, "", request.Name, "cannot set an ownerRef on a resource you can't delete");
        }

        var blocked = before.Where(owner => owner["blockOwnerDeletion"].IsTrue()).Select(owner => owner["uid"].Text()).ToHashSet();
        foreach (var owner in now.Where(owner => owner["blockOwnerDeletion"].IsTrue() && !blocked.Contains(owner["uid"].Text())))
        {
            var resource = catalog.FindKind(owner["apiVersion"].Text() ?? "", owner["kind"].Text() ?? "")
                ?? throw Forbidden(call, $"cannot set blockOwnerDeletion in this case because cannot find RESTMapping for {owner["kind"].Text()}");
            Require(
                call,
                "update",
                resource,
                "/finalizers",
                owner["name"].Text() ?? "",
                "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on");
        }
    }

    private void Require(AdmissionCall call, string verb, ResourceDefinition resource, string subresource, string name, string why)
    {
        var question = new AccessQuestion
        {
            User = call.Request.User,
            Verb = verb,
            Group = resource.Group,
            Resource = resource.Plural + subresource,
            Namespace = resource.IsNamespaced ? call.Request.Namespace : "",
            Name = name,
        };
        var (isAllowed, _) = authorizer.Ask(question);
        log.Record(question, isAllowed);
        if (!isAllowed)
        {
            throw Forbidden(call, $"{why}: {question.Refusal()}");
        }
    }

    private static ApiException Forbidden(AdmissionCall call, string why) =>
        ApiException.Forbidden(call.Request.Resource.Group, call.Request.Resource.Plural, call.Request.Name, why);
}
