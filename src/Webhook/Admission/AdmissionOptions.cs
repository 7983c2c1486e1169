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

    /// <summary>Reviews handled at the same time; with the body limit this bounds the memory. Default: 64.</summary>
    [Range(1, 4096)]
    public int MaxConcurrentReviews { get; init; } = 64;

    /// <summary>Reviews that wait for a place before others get 503 with <c>Retry-After: 1</c>. Default: 256.</summary>
    [Range(0, 65536)]
    public int MaxQueuedReviews { get; init; } = 256;

    /// <summary>The time for one review when the caller names none (<c>?timeout=</c>), as the API does by default. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:30")]
    public TimeSpan DefaultTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Generated from the attributes.</summary>
[OptionsValidator]
internal sealed partial class AdmissionOptionsValidator : IValidateOptions<AdmissionOptions>;
