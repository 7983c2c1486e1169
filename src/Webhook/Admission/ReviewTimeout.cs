using Microsoft.AspNetCore.WebUtilities;

namespace Webhook.Admission;

/// <summary>How long a review may take: what the API server waits (<c>?timeout=5s</c>), less what the answer needs on its way.</summary>
internal static class ReviewTimeout
{
    /// <summary>The API server accepts no more (<c>timeoutSeconds</c> of a webhook).</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>Reads the query; false when it names a timeout that is no positive Go duration.</summary>
    /// <param name="query">The query string.</param>
    /// <param name="byDefault">What the caller waits when it does not say.</param>
    /// <param name="timeout">The time for the decision.</param>
    public static bool TryRead(QueryString query, TimeSpan byDefault, out TimeSpan timeout)
    {
        timeout = byDefault;
        foreach (var parameter in new QueryStringEnumerable(query.Value))
        {
            if (parameter.EncodedName.Span.SequenceEqual("timeout") && !GoDuration.TryParse(parameter.DecodeValue().Span, out timeout))
            {
                return false;
            }
        }

        timeout = timeout < Longest ? timeout : Longest;

        // A tenth, but no more than half a second: an answer that comes too late counts as none.
        var reserve = TimeSpan.FromMilliseconds(Math.Min(500, timeout.TotalMilliseconds / 10));
        timeout -= reserve;
        return true;
    }
}
