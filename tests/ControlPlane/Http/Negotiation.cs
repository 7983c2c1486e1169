
namespace ControlPlane.Http;

/// <summary>The form of an answer that a client asked for.</summary>
internal enum AnswerForm
{
    /// <summary>The object itself.</summary>
    Object,

    /// <summary><c>meta.k8s.io/v1 Table</c>.</summary>
    Table,

    /// <summary><c>meta.k8s.io/v1 PartialObjectMetadata</c>.</summary>
    Metadata,
}

/// <summary>Reads the Accept header.</summary>
internal static class Negotiation
{
    /// <summary>The first acceptable form.</summary>
    /// <exception cref="ApiException">406: none is acceptable, such as protobuf only.</exception>
    public static AnswerForm Form(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        if (accept.Length == 0)
        {
            return AnswerForm.Object;
        }

        foreach (var entry in accept.Split(','))
        {
            var parts = entry.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0].Trim() is not ("application/json" or "application/*" or "*/*"))
            {
                continue;
            }

            switch (parts.FirstOrDefault(p => p.StartsWith("as=", StringComparison.Ordinal)))
            {
                case "as=Table" when parts.Contains("v=v1", StringComparer.Ordinal):
                    return AnswerForm.Table;
                case "as=PartialObjectMetadata" or "as=PartialObjectMetadataList":
                    return AnswerForm.Metadata;
                case null:
                    return AnswerForm.Object;
            }
        }

        throw new ApiException(
            406, "NotAcceptable", "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf");
    }
}
