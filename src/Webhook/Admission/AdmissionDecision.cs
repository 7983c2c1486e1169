using System.Collections.ObjectModel;

namespace Webhook.Admission;

/// <summary>What the webhook decided. A failure to decide is <see cref="Failed"/>, never an allow.</summary>
public abstract record AdmissionDecision
{
    private AdmissionDecision()
    {
    }

    /// <summary>Shown to the user by kubectl; at most 120 characters each, without control characters.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Written to the API server's audit log under the webhook's name.</summary>
    public IReadOnlyDictionary<string, string> AuditAnnotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The request may go on unchanged.</summary>
    public sealed record Allowed : AdmissionDecision;

    /// <summary>The request may go on with these changes.</summary>
    /// <param name="JsonPatch">An RFC 6902 document in UTF-8, not encoded in base64.</param>
    public sealed record Patched(ReadOnlyMemory<byte> JsonPatch) : AdmissionDecision;

    /// <summary>The request is refused for what it says (reason Invalid, 422) or for who says it (reason Forbidden, 403).</summary>
    /// <param name="Causes">One per mistake, in the order of the object's fields; at least one.</param>
    public sealed record Denied(IReadOnlyList<DenialCause> Causes) : AdmissionDecision
    {
        /// <summary>The whole text instead of the one made of the causes; null: made of the causes.</summary>
        public string? Message { get; init; }
    }

    /// <summary>No decision could be made: the answer is this HTTP status, with <c>Retry-After</c> where it is worth trying again.</summary>
    /// <param name="StatusCode">429, 500 or 503.</param>
    /// <param name="Message">A generic text, without internals.</param>
    /// <param name="RetryAfter">Null: no header.</param>
    public sealed record Failed(int StatusCode, string Message, TimeSpan? RetryAfter) : AdmissionDecision;
}

/// <summary>One mistake (<c>meta/v1 StatusCause</c>).</summary>
/// <param name="Reason">apimachinery's cause type, such as <c>FieldValueInvalid</c>.</param>
/// <param name="Message">apimachinery's text without the path, such as <c>Invalid value: "x": must be ...</c>.</param>
/// <param name="Field">The path as the user typed it in YAML, such as <c>spec.endpoints[0]</c>.</param>
public sealed record DenialCause(string Reason, string Message, string Field);
