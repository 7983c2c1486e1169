using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.Http;
using ControlPlane.Schema;

namespace ControlPlane.Writing;

/// <summary>What the API server itself writes into and checks in <c>metadata</c>.</summary>
internal static partial class ObjectMetadata
{
    private const string SubdomainMessage =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'example.com', regex used for validation is "
        + @"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string LabelMessage =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric "
        + "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string LabelValueMessage =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    /// <summary>What a client may not set on a create.</summary>
    private static readonly string[] SystemFields =
        ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"];

    /// <summary>The time in the API's form.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>Clears what only the server sets.</summary>
    public static void BeforeCreate(JsonObject o)
    {
        var metadata = o.Child("metadata");
        foreach (var field in SystemFields)
        {
            metadata.Remove(field);
        }
    }

    /// <summary>Gives a new object its identity: the mutating webhooks do not see it yet, not even a name made of <c>generateName</c>.</summary>
    public static void Identify(JsonObject o, DateTimeOffset now, bool hasGeneration)
    {
        var metadata = o.Child("metadata");
        if (string.IsNullOrEmpty(metadata["name"].Text()) && metadata["generateName"].Text() is { Length: > 0 } prefix)
        {
            // The alphabet has no vowels, so that no words come out.
            metadata["name"] = prefix[..Math.Min(prefix.Length, 58)] + RandomNumberGenerator.GetString("bcdfghjklmnpqrstvwxz2456789", 5);
        }

        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Format(now);
        if (hasGeneration)
        {
            metadata["generation"] = 1;
        }
    }

    /// <summary>Takes over from the stored object what an update cannot change.</summary>
    public static void CarryOver(JsonObject old, JsonObject now)
    {
        var metadata = now.Child("metadata");
        foreach (var field in SystemFields.Append("resourceVersion").Append("name").Append("namespace").Append("generateName"))
        {
            if (old["metadata"]![field] is { } value)
            {
                metadata[field] = value.DeepClone();
            }
            else
            {
                metadata.Remove(field);
            }
        }
    }

    /// <summary>Drops empty maps and lists: Go's encoder leaves them out of metadata. Empty managedFields have a meaning.</summary>
    public static void DropEmpty(JsonObject o)
    {
        var metadata = o.Child("metadata");
        foreach (var (name, value) in metadata.Where(m => m.Key != "managedFields").ToList())
        {
            if (value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 })
            {
                metadata.Remove(name);
            }
        }
    }

    /// <summary>Checks names, labels and finalizers.</summary>
    public static void Validate(JsonObject o, JsonObject? old, bool isNamespace, List<FieldError> errors)
    {
        var metadata = o["metadata"]!;
        var name = metadata["name"].Text() ?? "";
        if (name.Length == 0)
        {
            errors.Add(FieldError.Required("metadata.name", "name or generateName is required"));
        }
        else if (name.Length > (isNamespace ? 63 : 253) || !(isNamespace ? Label() : Subdomain()).IsMatch(name))
        {
            errors.Add(FieldError.Invalid("metadata.name", Validation.Quote(name), isNamespace ? LabelMessage : SubdomainMessage));
        }

        foreach (var (_, value) in metadata["labels"] as JsonObject ?? [])
        {
            if (value.Text() is { } text && !(text.Length <= 63 && LabelValue().IsMatch(text)))
            {
                errors.Add(FieldError.Invalid("metadata.labels", Validation.Quote(text), LabelValueMessage));
            }
        }

        if (old?["metadata"]!["deletionTimestamp"] is not null)
        {
            var added = metadata["finalizers"].Texts().Except(old["metadata"]!["finalizers"].Texts(), StringComparer.Ordinal).ToList();
            if (added.Count > 0)
            {
                errors.Add(FieldError.Forbidden(
                    "metadata.finalizers",
                    "no new finalizers can be added if the object is being deleted, found new finalizers []string{"
                    + string.Join(", ", added.Select(Validation.Quote)) + "}"));
            }
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Subdomain();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();

    [GeneratedRegex("^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LabelValue();
}
