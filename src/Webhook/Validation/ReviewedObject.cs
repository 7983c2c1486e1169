using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Validation;

/// <summary>Reads the raw objects of a request into records.</summary>
internal static class ReviewedObject
{
    /// <summary>Reads an object of its own kind along with the review around it.</summary>
    public delegate T? ObjectReader<out T>(ref Utf8JsonReader reader);

    /// <summary>Reads an object along with the review around it; null when it is not of its kind's form, which is said later.</summary>
    public static T? Read<T>(ref Utf8JsonReader reader)
        where T : Resource =>
        Read(ref reader, static (ref reader) => KubernetesJson.ConverterOf<T>().Read(ref reader, typeof(T), KubernetesJson.Options));

    /// <summary>The same by a reader of its own.</summary>
    public static T? Read<T>(ref Utf8JsonReader reader, ObjectReader<T> read)
        where T : Resource
    {
        try
        {
            return read(ref reader);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The new object of a request; see <see cref="TryRead"/>.</summary>
    public static bool TryReadNew<T>(AdmissionRequest request, [NotNullWhen(true)] out T? resource, [NotNullWhen(false)] out AdmissionDecision? denial)
        where T : Resource => TryRead(request.ObjectRead, request.Object, out resource, out denial);

    /// <summary>The stored object of a request; see <see cref="TryRead"/>.</summary>
    public static bool TryReadOld<T>(AdmissionRequest request, [NotNullWhen(true)] out T? resource, [NotNullWhen(false)] out AdmissionDecision? denial)
        where T : Resource => TryRead(request.OldObjectRead, request.OldObject, out resource, out denial);

    /// <summary>
    /// Reads an object. One that is not of its kind's form is a denial that names the field: the schema refuses it too, but garbage is never
    /// allowed because something else was expected to stop it.
    /// </summary>
    private static bool TryRead<T>(
        object? read, ReadOnlyMemory<byte> json, [NotNullWhen(true)] out T? resource, [NotNullWhen(false)] out AdmissionDecision? denial)
        where T : Resource
    {
        (resource, denial) = (read as T, null);
        if (resource is not null)
        {
            return true;
        }

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
