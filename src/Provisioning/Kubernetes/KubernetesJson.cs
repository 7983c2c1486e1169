using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Provisioning.Kubernetes;

/// <summary>How objects look on the wire: camelCase, null left out, unknown fields ignored.</summary>
public static class KubernetesJson
{
    // The API server's own decoder stops at 10,000 levels; skipping deep fields that we do not know costs no stack.
    private const int MaxDepth = 10_000;

    /// <summary>For reading and writing objects of the API.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>What reads and writes a type under <see cref="Options"/>, for use within another reader or writer.</summary>
    public static JsonConverter<T> ConverterOf<T>() => (JsonConverter<T>)Options.GetConverter(typeof(T));

    /// <summary>For documents read without a type.</summary>
    internal static JsonDocumentOptions DocumentOptions { get; } = new() { MaxDepth = MaxDepth };

    /// <summary>The object as the body of a create: with the <c>apiVersion</c> and <c>kind</c> that the API demands.</summary>
    internal static byte[] ToBody<T>(T resource)
        where T : IResource
    {
        // What says so itself is written once.
        if (resource is Resource { ApiVersion: { } version, Kind: { } kind } && version == T.ResourceType.ApiVersion && kind == T.ResourceType.Kind)
        {
            return JsonSerializer.SerializeToUtf8Bytes(resource, Options);
        }

        var body = (JsonObject)JsonSerializer.SerializeToNode(resource, Options)!;
        body["apiVersion"] = T.ResourceType.ApiVersion;
        body["kind"] = T.ResourceType.Kind;
        return JsonSerializer.SerializeToUtf8Bytes(body, Options);
    }

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            MaxDepth = MaxDepth,
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
