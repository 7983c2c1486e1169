using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Validation;

/// <summary>Reads the raw objects of a request into records.</summary>
internal static class ReviewedObject
{
    /// <summary>
    /// Reads an object. One that is not of its kind's form is a denial that names the field: the schema refuses it too, but garbage is never
    /// allowed because something else was expected to stop it.
    /// </summary>
    public static bool TryRead<T>(
        ReadOnlyMemory<byte> json, [NotNullWhen(true)] out T? resource, [NotNullWhen(false)] out AdmissionDecision? denial)
        where T : Resource
    {
        try
        {
            resource = JsonSerializer.Deserialize<T>(json.Span, KubernetesJson.Options);
            denial = resource is null ? Deny("") : null;
        }
        catch (JsonException exception)
        {
            (resource, denial) = (null, Deny(exception.Path ?? ""));
        }

        return resource is not null;
    }

    // JsonException's path is that of the field ("$.spec.endpoints[0]"); its message may show the value.
    private static AdmissionDecision.Denied Deny(string jsonPath)
    {
        var field = jsonPath.TrimStart('$').TrimStart('.');
        return Decisions.Deny([FieldViolation.TypeInvalid(field.Length == 0 ? "metadata" : field, Refusals.Unreadable)]);
    }
}
