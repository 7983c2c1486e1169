using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Webhook.Admission;

/// <summary>How reviews are served: the section <c>Admission</c>.</summary>
internal sealed class AdmissionOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Admission";

    /// <summary>Whether this process answers reviews. Default: true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Reviews handled at the same time. Default: 64.</summary>
    [Range(1, 4096)]
    public int MaxConcurrentReviews { get; init; } = 64;

    /// <summary>Reviews that wait for a place before others get 503 with <c>Retry-After: 1</c>. Default: 256.</summary>
    [Range(0, 65536)]
    public int MaxQueuedReviews { get; init; } = 256;

    /// <summary>Bodies read at the same time before others get 503; a review takes its place only when its body is there. Default: 1024.</summary>
    [Range(1, 65536)]
    public int MaxConcurrentReads { get; init; } = 1024;

    /// <summary>
    /// Bytes of all bodies together, those being read and those of reviews that wait or are handled; a body that would go beyond gets 503
    /// with <c>Retry-After: 1</c>. This bounds the memory: leave the pod's limit at three times as much. Default: 128 MiB; at least
    /// 16 MiB, which one body of the largest size needs while its buffer grows.
    /// </summary>
    [Range(16 * 1024 * 1024, int.MaxValue)]
    public int MaxHeldBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>The time for one body to arrive, within the time for its review; then 408. Default: 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The time for one review when the caller names none (<c>?timeout=</c>), as the API does by default. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:30")]
    public TimeSpan DefaultTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Generated from the attributes.</summary>
[OptionsValidator]
internal sealed partial class AdmissionOptionsValidator : IValidateOptions<AdmissionOptions>;
