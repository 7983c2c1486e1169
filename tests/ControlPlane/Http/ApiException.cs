using System.Text.Json.Nodes;

namespace ControlPlane.Http;

/// <summary>A request ends with a <c>meta/v1 Status</c> that is a failure.</summary>
internal sealed class ApiException(int code, string reason, string message, JsonObject? details = null) : Exception(message)
{
    /// <summary>The HTTP status code.</summary>
    public int Code => code;

    /// <summary>The machine-readable reason; empty for none.</summary>
    public string Reason => reason;

    /// <summary>Seconds for <c>Retry-After</c>; null for no such header.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The body of the answer.</summary>
    public JsonObject ToStatus()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (reason.Length > 0)
        {
            status["reason"] = reason;
        }

        if (details is not null)
        {
            status["details"] = details.DeepClone();
        }

        status["code"] = code;
        return status;
    }

    /// <summary>The same failure with another kind in its details: messages name subresources, details do not.</summary>
    public ApiException WithKind(string kind)
    {
        if (details is not null)
        {
            details["kind"] = kind;
        }

        return this;
    }

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiException NotFound(string group, string plural, string name)
        => new(404, "NotFound", $"{Qualified(plural, group)} \"{name}\" not found", Details(group, plural, name));

    public static ApiException AlreadyExists(string group, string plural, string name)
        => new(409, "AlreadyExists", $"{Qualified(plural, group)} \"{name}\" already exists", Details(group, plural, name));

    public static ApiException Conflict(string group, string plural, string name, string why)
        => new(409, "Conflict", $"Operation cannot be fulfilled on {Qualified(plural, group)} \"{name}\": {why}", Details(group, plural, name));

    public static ApiException Modified(string group, string plural, string name)
        => Conflict(group, plural, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException Forbidden(string group, string plural, string name, string why)
        => new(
            403,
            "Forbidden",
            $"{Qualified(plural, group)}{(name.Length > 0 ? $" \"{name}\"" : "")} is forbidden: {why}",
            Details(group, plural, name));

    public static ApiException MethodNotAllowed()
        => new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static ApiException Expired(string message) => new(410, "Expired", message);

    public static ApiException Invalid(string group, string kind, string name, IReadOnlyList<FieldError> errors)
    {
        var details = Details(group, kind, name);
        details["causes"] = new JsonArray([.. errors.Select(e => new JsonObject
        {
            ["reason"] = e.Reason,
            ["message"] = e.Message,
            ["field"] = e.Field,
        })]);
        var texts = errors.Select(e => e.Field.Length > 0 ? $"{e.Field}: {e.Message}" : e.Message).Distinct(StringComparer.Ordinal).ToList();
        var text = texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
        return new ApiException(422, "Invalid", $"{Qualified(kind, group)} \"{name}\" is invalid: {text}", details);
    }

    /// <summary><c>plural.group</c>, or only the plural in the core group; the same for kinds.</summary>
    public static string Qualified(string name, string group) => group.Length == 0 ? name : $"{name}.{group}";

    /// <summary><c>status.details</c>: empty values are left out, as Go does.</summary>
    public static JsonObject Details(string group, string kind, string name)
    {
        var details = new JsonObject();
        foreach (var (key, value) in ((string, string)[])[("name", name), ("group", group), ("kind", kind)])
        {
            if (value.Length > 0)
            {
                details[key] = value;
            }
        }

        return details;
    }
}

/// <summary>One mistake in an object (apimachinery's <c>field.Error</c>).</summary>
/// <param name="Reason">The cause type, such as <c>FieldValueInvalid</c>.</param>
/// <param name="Field">The path, such as <c>spec.endpoints[0]</c>.</param>
/// <param name="Message">The text without the path.</param>
internal sealed record FieldError(string Reason, string Field, string Message)
{
    public static FieldError Invalid(string field, string value, string why) => new("FieldValueInvalid", field, $"Invalid value: {value}: {why}");

    public static FieldError Required(string field, string why = "")
        => new("FieldValueRequired", field, why.Length > 0 ? $"Required value: {why}" : "Required value");

    public static FieldError Forbidden(string field, string why) => new("FieldValueForbidden", field, $"Forbidden: {why}");
}
