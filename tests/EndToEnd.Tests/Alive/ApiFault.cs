namespace EndToEnd.Tests.Alive;

/// <summary>What may happen to a request on its way to an API server and back.</summary>
internal enum ApiFault
{
    /// <summary>It is answered.</summary>
    None,

    /// <summary>429 with <c>Retry-After: 1</c>, as priority and fairness answers.</summary>
    TooManyRequests,

    /// <summary>500, with a Status.</summary>
    InternalError,

    /// <summary>503 of a load balancer: HTML, and no Status.</summary>
    Unavailable,

    /// <summary>The request reaches the API server, and its answer gets lost.</summary>
    AnswerLost,

    /// <summary>The connection breaks before the request gets there.</summary>
    Cut,

    /// <summary>It is answered late.</summary>
    Slow,
}
