using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>How the process goes: the section <c>Shutdown</c>.</summary>
internal sealed class ShutdownOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Shutdown";

    /// <summary>
    /// How long calls are still answered after SIGTERM, with readiness already gone: the time in which every node learns that this replica
    /// is no endpoint any more. Add it to the pod's <c>terminationGracePeriodSeconds</c>. Default: 10 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan DrainDuration { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Generated from the attributes.</summary>
[OptionsValidator]
internal sealed partial class ShutdownOptionsValidator : IValidateOptions<ShutdownOptions>;
