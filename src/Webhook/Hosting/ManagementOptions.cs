using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>The listener for probes, metrics and the description of the interface: the section <c>Management</c>.</summary>
internal sealed class ManagementOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Management";

    /// <summary>The port, plain HTTP; 0 takes a free one, which the log then names. Default: 8080.</summary>
    [Range(0, 65535)]
    public int Port { get; init; } = 8080;
}

/// <summary>Generated from the attributes.</summary>
[OptionsValidator]
internal sealed partial class ManagementOptionsValidator : IValidateOptions<ManagementOptions>;
