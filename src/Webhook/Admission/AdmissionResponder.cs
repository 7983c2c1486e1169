using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Webhook.Admission;

/// <summary>Writes a decision as an <c>admission.k8s.io/v1 AdmissionReview</c> with a response.</summary>
internal static class AdmissionResponder
{
    // The answer is never part of an HTML page: quotation marks and umlauts stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes the whole body of the answer.</summary>
    /// <exception cref="ArgumentException">The decision is <see cref="AdmissionDecision.Failed"/>: that one is an HTTP status, not a body.</exception>
    public static void Write(IBufferWriter<byte> output, AdmissionRequest request, AdmissionDecision decision)
    {
        using var writer = new Utf8JsonWriter(output, Options);
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "AdmissionReview"u8);
        writer.WriteString("apiVersion"u8, "admission.k8s.io/v1"u8);
        writer.WriteStartObject("response"u8);
        writer.WriteString("uid"u8, request.Uid);
        switch (decision)
        {
            case AdmissionDecision.Allowed:
                writer.WriteBoolean("allowed"u8, true);
                break;
            case AdmissionDecision.Patched patched:
                writer.WriteBoolean("allowed"u8, true);
                writer.WriteString("patchType"u8, "JSONPatch"u8);
                writer.WriteBase64String("patch"u8, patched.JsonPatch.Span);
                break;
            case AdmissionDecision.Denied denied:
                writer.WriteBoolean("allowed"u8, false);
                WriteStatus(writer, request, denied);
                break;
            default:
                throw new ArgumentException("Only a decision has a review to answer with.", nameof(decision));
        }

        WriteWarnings(writer, decision.Warnings);
        WriteAuditAnnotations(writer, decision);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
    }

    private static void WriteStatus(Utf8JsonWriter writer, AdmissionRequest request, AdmissionDecision.Denied denied)
    {
        // Reason Invalid with causes is what makes kubectl print one bullet per mistake, whatever the mistakes are.
        var isInvalid = denied.Causes.Count > 0;
        writer.WriteStartObject("status"u8);
        writer.WriteString("status"u8, "Failure"u8);
        writer.WriteString("message"u8, denied.Message ?? DenialText.Compose(request, denied.Causes));
        writer.WriteString("reason"u8, isInvalid ? "Invalid"u8 : "Forbidden"u8);
        writer.WriteStartObject("details"u8);
        writer.WriteString("name"u8, DenialText.DisplayName(request));
        writer.WriteString("group"u8, request.Kind.Group);
        writer.WriteString("kind"u8, request.Kind.Kind);
        if (isInvalid)
        {
            writer.WriteStartArray("causes"u8);
            foreach (var cause in denied.Causes)
            {
                writer.WriteStartObject();
                writer.WriteString("reason"u8, cause.Reason);
                writer.WriteString("message"u8, cause.Message);
                writer.WriteString("field"u8, cause.Field);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteNumber("code"u8, isInvalid ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status403Forbidden);
        writer.WriteEndObject();
    }

    private static void WriteWarnings(Utf8JsonWriter writer, IReadOnlyList<string> warnings)
    {
        if (warnings.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("warnings"u8);
        foreach (var warning in warnings)
        {
            writer.WriteStringValue(WarningText.Sanitise(warning));
        }

        writer.WriteEndArray();
    }

    private static void WriteAuditAnnotations(Utf8JsonWriter writer, AdmissionDecision decision)
    {
        writer.WriteStartObject("auditAnnotations"u8);
        writer.WriteString("decision"u8, decision switch
        {
            AdmissionDecision.Patched => "patched"u8,
            AdmissionDecision.Denied => "denied"u8,
            _ => "allowed"u8,
        });
        foreach (var (key, value) in decision.AuditAnnotations)
        {
            if (key != "decision")
            {
                writer.WriteString(key, value);
            }
        }

        writer.WriteEndObject();
    }
}
