using System.Text.Json;

namespace Webhook.Admission;

/// <summary>The fields of <c>request</c> while they are being read, in whatever order they come.</summary>
internal sealed class AdmissionRequestFields(HandlerTable? handlers)
{
    private string? uid;
    private (string Group, string Version, string Name)? kind;
    private (string Group, string Version, string Name)? resource;
    private string? subResource;
    private string? name;
    private string? @namespace;
    private string? operation;
    private UserInfo? userInfo;
    private ReadOnlyMemory<byte>? newObject;
    private ReadOnlyMemory<byte>? oldObject;
    private object? newObjectRead;
    private object? oldObjectRead;
    private bool dryRun;

    /// <summary>Reads the value of the current property; null when it is JSON's null.</summary>
    public static AdmissionRequestFields? Read(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, HandlerTable? handlers)
    {
        if (!JsonFields.EnterObject(ref reader, "request"))
        {
            return null;
        }

        var fields = new AdmissionRequestFields(handlers);
        while (JsonFields.NextProperty(ref reader))
        {
            fields.ReadField(ref reader, body);
        }

        return fields;
    }

    /// <summary>The request, once everything is read.</summary>
    /// <exception cref="MalformedReviewException">Something that a decision needs is missing.</exception>
    public AdmissionRequest ToRequest()
    {
        if (string.IsNullOrEmpty(uid))
        {
            throw new MalformedReviewException("request.uid is missing.");
        }

        var requestedOperation = operation switch
        {
            "CREATE" => AdmissionOperation.Create,
            "UPDATE" => AdmissionOperation.Update,
            "DELETE" => AdmissionOperation.Delete,
            "CONNECT" => AdmissionOperation.Connect,
            _ => throw new MalformedReviewException("request.operation must be CREATE, UPDATE, DELETE or CONNECT."),
        };
        var after = newObject ?? default;
        var before = oldObject ?? default;
        Require(requestedOperation is AdmissionOperation.Create or AdmissionOperation.Update, after, "request.object");
        Require(requestedOperation is AdmissionOperation.Delete or AdmissionOperation.Update, before, "request.oldObject");

        var names = string.IsNullOrEmpty(name) ? ObjectNames.Read(after.IsEmpty ? before.Span : after.Span) : new ObjectNames(name, "");
        return new AdmissionRequest
        {
            Uid = uid,
            Kind = kind is { Name.Length: > 0 } k ? new(k.Group, k.Version, k.Name) : throw new MalformedReviewException("request.kind is missing."),
            Resource = resource is { Name.Length: > 0 } r
                ? new(r.Group, r.Version, r.Name)
                : throw new MalformedReviewException("request.resource is missing."),
            SubResource = subResource ?? "",
            Name = names.Name,
            GenerateName = names.Name.Length == 0 ? names.GenerateName : "",
            Namespace = @namespace ?? "",
            Operation = requestedOperation,
            UserInfo = userInfo ?? new UserInfo(),
            Object = after,
            OldObject = before,
            ObjectRead = newObjectRead,
            OldObjectRead = oldObjectRead,
            DryRun = dryRun,
        };
    }

    private static void Require(bool isRequired, ReadOnlyMemory<byte> value, string field)
    {
        if (isRequired && value.IsEmpty)
        {
            throw new MalformedReviewException($"{field} is missing.");
        }
    }

    private void ReadField(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        if (reader.ValueTextEquals("uid"u8))
        {
            JsonFields.RequireFirst(uid is null, "request.uid");
            uid = JsonFields.ReadString(ref reader, "request.uid");
        }
        else if (reader.ValueTextEquals("kind"u8))
        {
            JsonFields.RequireFirst(kind is null, "request.kind");
            kind = ReadTriple(ref reader, "kind"u8, "request.kind");
        }
        else if (reader.ValueTextEquals("resource"u8))
        {
            JsonFields.RequireFirst(resource is null, "request.resource");
            resource = ReadTriple(ref reader, "resource"u8, "request.resource");
        }
        else if (reader.ValueTextEquals("subResource"u8))
        {
            JsonFields.RequireFirst(subResource is null, "request.subResource");
            subResource = JsonFields.ReadString(ref reader, "request.subResource");
        }
        else if (reader.ValueTextEquals("name"u8))
        {
            JsonFields.RequireFirst(name is null, "request.name");
            name = JsonFields.ReadString(ref reader, "request.name");
        }
        else if (reader.ValueTextEquals("namespace"u8))
        {
            JsonFields.RequireFirst(@namespace is null, "request.namespace");
            @namespace = JsonFields.ReadString(ref reader, "request.namespace");
        }
        else if (reader.ValueTextEquals("operation"u8))
        {
            JsonFields.RequireFirst(operation is null, "request.operation");
            operation = JsonFields.ReadString(ref reader, "request.operation");
        }
        else if (reader.ValueTextEquals("userInfo"u8))
        {
            JsonFields.RequireFirst(userInfo is null, "request.userInfo");
            userInfo = UserInfoReader.Read(ref reader);
        }
        else if (reader.ValueTextEquals("object"u8))
        {
            JsonFields.RequireFirst(newObject is null, "request.object");
            (newObject, newObjectRead) = ReadObject(ref reader, body, "request.object");
        }
        else if (reader.ValueTextEquals("oldObject"u8))
        {
            JsonFields.RequireFirst(oldObject is null, "request.oldObject");
            (oldObject, oldObjectRead) = ReadObject(ref reader, body, "request.oldObject");
        }
        else if (reader.ValueTextEquals("dryRun"u8))
        {
            dryRun = JsonFields.ReadBoolean(ref reader, "request.dryRun");
        }
        else
        {
            JsonFields.SkipValue(ref reader);
        }
    }

    // The API server writes the resource first. Otherwise, or when the object is not of its form, its handler reads the slice later.
    private (ReadOnlyMemory<byte> Bytes, object? Read) ReadObject(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, string field)
    {
        var ahead = reader;
        if (resource is { } known && handlers?.Find(known.Group, known.Name) is { } handler && JsonFields.EnterObject(ref ahead, field))
        {
            var start = (int)ahead.TokenStartIndex;
            if (handler.ReadObject(ref ahead) is { } read)
            {
                reader = ahead;
                return (body[start..(int)ahead.BytesConsumed], read);
            }
        }

        return (JsonFields.SliceObject(ref reader, body, field), null);
    }

    private static (string Group, string Version, string Name) ReadTriple(ref Utf8JsonReader reader, ReadOnlySpan<byte> nameProperty, string field)
    {
        var triple = (Group: "", Version: "", Name: "");
        if (!JsonFields.EnterObject(ref reader, field))
        {
            return triple;
        }

        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("group"u8))
            {
                triple.Group = JsonFields.ReadString(ref reader, field);
            }
            else if (reader.ValueTextEquals("version"u8))
            {
                triple.Version = JsonFields.ReadString(ref reader, field);
            }
            else if (reader.ValueTextEquals(nameProperty))
            {
                triple.Name = JsonFields.ReadString(ref reader, field);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return triple;
    }
}
