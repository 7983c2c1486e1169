using System.Text.Json.Nodes;

namespace ControlPlane.Http;

/// <summary>Writes answers.</summary>
internal static class Answers
{
    /// <summary>Writes a JSON body with warnings as headers.</summary>
    public static async Task WriteAsync(HttpContext context, int statusCode, JsonNode body, IEnumerable<string> warnings)
    {
        AddWarnings(context, warnings);
        var bytes = Json.ToUtf8(body);
        context.Response.StatusCode = statusCode;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>Writes a failure.</summary>
    public static Task WriteAsync(HttpContext context, ApiException exception)
    {
        if (exception.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, exception.Code, exception.ToStatus(), []);
    }

    /// <summary>Writes plain text.</summary>
    public static Task WriteTextAsync(HttpContext context, int statusCode, string text)
    {
        context.Response.StatusCode = statusCode;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>Adds warnings as <c>Warning: 299</c> headers; header values hold ASCII only, as Go's quoting gives them.</summary>
    public static void AddWarnings(HttpContext context, IEnumerable<string> warnings)
    {
        foreach (var warning in warnings.Where(w => !w.Any(char.IsControl)))
        {
            var text = warning.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            context.Response.Headers.Append("Warning", $"299 - \"{text}\"");
        }
    }
}
