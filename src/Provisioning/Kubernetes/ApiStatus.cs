using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Provisioning.Kubernetes;

/// <summary>The fields of <c>meta/v1 Status</c> that matter: the API's form of an error.</summary>
internal sealed record ApiStatus
{
    private const int MaximumBody = 64 * 1024;

    /// <summary>What the API server answers for a path that it does not serve, whatever media type is asked for.</summary>
    private static ReadOnlySpan<byte> UnknownPath => "404 page not found"u8;

    public string? Kind { get; init; }

    public int? Code { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public ApiStatusDetails? Details { get; init; }

    /// <summary>What an ERROR event of a watch means.</summary>
    public KubernetesApiException ToException() =>
        new((HttpStatusCode)(Code ?? 500), Reason ?? "", Message ?? "The API server ended the watch with an error and no text.")
        {
            RetryAfter = ToWait(Details?.RetryAfterSeconds),
        };

    /// <summary>What an answer without success means. Reads no more than 64 KiB of it.</summary>
    public static async Task<KubernetesApiException> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await ReadBodyAsync(response, cancellationToken);
        var status = Parse(body.Span);
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => ToWait(status?.Details?.RetryAfterSeconds),
        };
        var message = status?.Message ?? string.Create(
            CultureInfo.InvariantCulture, $"The API server answered HTTP {(int)response.StatusCode} without saying why.");
        return new KubernetesApiException(response.StatusCode, status?.Reason ?? "", message)
        {
            RetryAfter = wait is { } value && value < TimeSpan.Zero ? TimeSpan.Zero : wait,
            IsUnknownKind = response.StatusCode == HttpStatusCode.NotFound && body.Span.TrimEnd((byte)'\n').SequenceEqual(UnknownPath),
        };
    }

    private static TimeSpan? ToWait(int? seconds) => seconds is > 0 ? TimeSpan.FromSeconds(seconds.Value) : null;

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaximumBody];
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return buffer.AsMemory(0, length);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // A body cut short: the HTTP code alone has to do.
            return default;
        }
    }

    private static ApiStatus? Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            var status = JsonSerializer.Deserialize<ApiStatus>(body, KubernetesJson.Options);
            return status is { Kind: "Status" } ? status : null;
        }
        catch (JsonException)
        {
            // A proxy's page or a text: the HTTP code alone has to do.
            return null;
        }
    }
}

/// <summary><c>Status.details</c>.</summary>
internal sealed record ApiStatusDetails
{
    public int? RetryAfterSeconds { get; init; }
}
