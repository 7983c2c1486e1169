using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Client;
using ControlPlane.Http;
using ControlPlane.Protobuf;
using ControlPlane.Schema;

namespace ControlPlane.Writing;

/// <summary>Reads request bodies, with the field validation that the client asked for.</summary>
internal static class Decoder
{
    /// <summary>Reads an object of the request's kind: unknown fields are removed, reported or refused, defaults are set.</summary>
    /// <param name="body">The body.</param>
    /// <param name="contentType">JSON, YAML or protobuf; empty means JSON.</param>
    /// <param name="request">Receives warnings.</param>
    /// <param name="setDefaults">False for an applied intent, which claims only what it says.</param>
    /// <exception cref="ApiException">400: not such an object; 422: of another kind.</exception>
    public static JsonObject Decode(ReadOnlyMemory<byte> body, string contentType, WriteRequest request, bool setDefaults = true)
    {
        var duplicates = new List<string>();
        var o = Read(body, contentType, request.Resource.Kind, duplicates);
        CheckKind(o, request);
        Conform(o, request, duplicates, setDefaults);
        return o;
    }

    /// <summary>Reads any object in JSON, YAML or protobuf.</summary>
    public static JsonObject Read(ReadOnlyMemory<byte> body, string contentType, string kind, ICollection<string>? duplicates)
    {
        if (contentType.StartsWith(ProtobufDecoder.MediaType, StringComparison.Ordinal))
        {
            return ProtobufDecoder.Decode(body.Span);
        }

        try
        {
            var node = contentType.Contains("yaml", StringComparison.Ordinal) && !IsJson(body.Span)
                ? Manifest.Read(Encoding.UTF8.GetString(body.Span)) is [var first, ..] ? first : null
                : Json.Parse(body.Span, duplicates);
            return node as JsonObject ?? throw ApiException.BadRequest($"the object provided is unrecognized (must be of type {kind})");
        }
        catch (Exception e) when (e is JsonException or YamlDotNet.Core.YamlException)
        {
            throw ApiException.BadRequest(
                $"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: {e.Message}");
        }
    }

    /// <summary>Removes unknown fields as the request's field validation says, and sets defaults.</summary>
    public static void Conform(JsonObject o, WriteRequest request, IReadOnlyList<string> duplicates, bool setDefaults = true)
    {
        var resource = request.Resource;
        if (!resource.IsCustom)
        {
            Pruning.DropNulls(o);
        }

        var unknown = new List<string>();
        Pruning.Prune(o, resource.Schema, "", unknown);
        var mistakes = duplicates.Select(d => $"duplicate field \"{d}\"")
            .Concat(unknown.OrderBy(u => u.StartsWith("metadata.", StringComparison.Ordinal) ? 0 : 1)
                .ThenBy(u => u, StringComparer.Ordinal)
                .Select(u => $"unknown field \"{u}\""))
            .ToList();
        if (mistakes.Count > 0 && request.FieldValidation == "Strict")
        {
            throw ApiException.BadRequest(
                $"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: "
                + $"strict decoding error: {string.Join(", ", mistakes)}");
        }

        if (request.FieldValidation is "" or "Warn")
        {
            request.Warnings.AddRange(mistakes.Except(request.Warnings, StringComparer.Ordinal));
        }

        if (setDefaults)
        {
            Pruning.Default(o, resource.Schema);
        }

        if (!resource.IsCustom)
        {
            CheckTypes(o, request);
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> body)
    {
        body = body.TrimStart(" \t\r\n"u8);
        return body.Length > 0 && body[0] == '{';
    }

    private static void CheckKind(JsonObject o, WriteRequest request)
    {
        var resource = request.Resource;
        var apiVersion = o["apiVersion"].Text() ?? "";
        var kind = o["kind"].Text() ?? "";
        if (!resource.IsCustom)
        {
            // Typed clients may leave both out: the path already says what the body is.
            o["apiVersion"] = apiVersion = apiVersion.Length > 0 ? apiVersion : resource.ApiVersion;
            o["kind"] = kind = kind.Length > 0 ? kind : resource.Kind;
        }

        if (apiVersion != resource.ApiVersion)
        {
            throw ApiException.BadRequest(
                $"the API version in the data ({apiVersion}) does not match the expected API version ({resource.ApiVersion})");
        }

        if (kind == resource.Kind)
        {
            return;
        }

        throw resource.IsCustom
            ? ApiException.Invalid(
                resource.Group,
                kind,
                o["metadata"]?["name"].Text() ?? "",
                [FieldError.Invalid("kind", $"\"{kind}\"", $"must be {resource.Kind}")])
            : ApiException.BadRequest($"{kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: no kind \"{kind}\"");
    }

    /// <summary>Built-in kinds are decoded into Go structs, which is where a wrong type ends.</summary>
    private static void CheckTypes(JsonObject o, WriteRequest request)
    {
        var errors = new List<FieldError>();
        Validation.Validate(o, request.Resource.Schema, "", errors);
        var error = errors.FirstOrDefault(e => e.Reason == "FieldValueTypeInvalid");
        if (error is not null)
        {
            throw ApiException.BadRequest(
                $"{request.Resource.Kind} in version \"{request.Resource.Version}\" cannot be handled as a {request.Resource.Kind}: "
                + $"json: cannot unmarshal into Go struct field {request.Resource.Kind}.{error.Field}: {error.Message}");
        }
    }
}
