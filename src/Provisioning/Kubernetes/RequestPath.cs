using System.Globalization;
using System.Text;

namespace Provisioning.Kubernetes;

/// <summary>Builds the paths of the API (Kubernetes API concepts, "Resource URIs"), every variable part percent-encoded.</summary>
internal sealed class RequestPath
{
    private readonly StringBuilder text = new();
    private char separator = '?';

    private RequestPath()
    {
    }

    /// <summary>All objects of a resource, or those of one namespace. Null and empty: all namespaces, or a cluster-scoped resource.</summary>
    public static RequestPath Collection(ResourceType type, string? inNamespace)
    {
        var path = new RequestPath();
        path.Segment(type.Group.Length == 0 ? "api" : "apis");
        if (type.Group.Length > 0)
        {
            path.Segment(type.Group);
        }

        path.Segment(type.Version);
        if (!string.IsNullOrEmpty(inNamespace))
        {
            path.Segment("namespaces").Segment(inNamespace);
        }

        return path.Segment(type.Plural);
    }

    /// <summary>One object.</summary>
    public static RequestPath Object(ResourceType type, NamespacedName name) => Collection(type, name.Namespace).Segment(name.Name);

    /// <summary>Goes one level down.</summary>
    /// <exception cref="ArgumentException">The segment would not stay one: an empty name would address the whole collection.</exception>
    public RequestPath Segment(string segment)
    {
        if (segment is null or "" or "." or "..")
        {
            throw new ArgumentException($"\"{segment}\" is not a name that a path of the API can hold.", nameof(segment));
        }

        text.Append('/').Append(Uri.EscapeDataString(segment));
        return this;
    }

    /// <summary>Adds a parameter; null adds nothing.</summary>
    public RequestPath Query(string key, string? value)
    {
        if (value is not null)
        {
            text.Append(separator).Append(key).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return this;
    }

    /// <summary>Adds a parameter; null adds nothing.</summary>
    public RequestPath Query(string key, int? value) => Query(key, value?.ToString(CultureInfo.InvariantCulture));

    public override string ToString() => text.ToString();
}
