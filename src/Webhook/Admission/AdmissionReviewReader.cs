using System.Text.Json;
using System.Text.Unicode;

namespace Webhook.Admission;

/// <summary>
/// Reads the envelope of an <c>admission.k8s.io/v1 AdmissionReview</c> in one pass. The objects inside are checked to be JSON and kept
/// as slices of the body; a handler that can reads its object on the way, the others read what they need of the slices (decision 0031).
/// </summary>
internal static class AdmissionReviewReader
{
    /// <summary>As deep as Go's encoding/json, hence the API server, goes.</summary>
    public const int MaxDepth = 10_000;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>Reads the whole body.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="handlers">Who may read the objects inside along the way; null: nobody.</param>
    /// <exception cref="MalformedReviewException">It is not JSON, not a v1 review, or lacks what a decision needs.</exception>
    public static AdmissionRequest Read(ReadOnlyMemory<byte> body, HandlerTable? handlers = null)
    {
        // The JSON reader does not look at the encoding of the strings that it skips.
        if (!Utf8.IsValid(body.Span))
        {
            throw new MalformedReviewException("The body is not UTF-8.");
        }

        try
        {
            var reader = new Utf8JsonReader(body.Span, Options);
            return ReadReview(ref reader, body, handlers);
        }
        catch (JsonException)
        {
            throw new MalformedReviewException("The body is not valid JSON.");
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: valid JSON, but no text.
            throw new MalformedReviewException("A string of the envelope is not valid Unicode.");
        }
    }

    private static AdmissionRequest ReadReview(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, HandlerTable? handlers)
    {
        string? kind = null;
        string? apiVersion = null;
        AdmissionRequestFields? request = null;

        reader.Read();
        JsonFields.RequireObject(ref reader, "The body");
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("kind"u8))
            {
                JsonFields.RequireFirst(kind is null, "kind");
                kind = JsonFields.ReadString(ref reader, "kind");
            }
            else if (reader.ValueTextEquals("apiVersion"u8))
            {
                JsonFields.RequireFirst(apiVersion is null, "apiVersion");
                apiVersion = JsonFields.ReadString(ref reader, "apiVersion");
            }
            else if (reader.ValueTextEquals("request"u8))
            {
                JsonFields.RequireFirst(request is null, "request");
                request = AdmissionRequestFields.Read(ref reader, body, handlers);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        // Anything but white space behind the review is refused here.
        reader.Read();
        if (kind != "AdmissionReview")
        {
            throw new MalformedReviewException("kind must be AdmissionReview.");
        }

        if (apiVersion != "admission.k8s.io/v1")
        {
            throw new MalformedReviewException("apiVersion must be admission.k8s.io/v1: list v1 in the webhook's admissionReviewVersions.");
        }

        return (request ?? throw new MalformedReviewException("request is missing.")).ToRequest();
    }
}
