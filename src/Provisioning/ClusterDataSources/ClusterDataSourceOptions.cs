using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Provisioning.ClusterDataSources;

/// <summary>Which ClusterDataSources are made for ClusterDeployments, when former passwords go, and how often databases are looked into: more keys of the configuration section <c>Provisioning</c>.</summary>
public sealed class ClusterDataSourceOptions
{
    /// <summary>The configuration section; shared with <see cref="Reconciliation.ReconciliationOptions"/>, which has the other keys.</summary>
    public const string SectionName = "Provisioning";

    /// <summary>
    /// True (the default): a ClusterDeployment with <c>spec.dataSource</c> gets its ClusterDataSource from us when nobody else, such as kcm,
    /// makes it. False: ClusterDeployments are not looked at.
    /// </summary>
    public bool CreateClusterDataSources { get; init; } = true;

    /// <summary>How long kcm has to make it first. Default: 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ErrorMessage = "Provisioning:CreateGracePeriod must be between 00:00:00 and 00:10:00.")]
    public TimeSpan CreateGracePeriod { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long nobody must have been seen to use a former password before it is taken away. Counted anew by a controller that has just
    /// started. Should be longer than the longest pause of a crashing container (5 min). Default: 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = "Provisioning:RetireGracePeriod must be between 00:00:00 and 1.00:00:00.")]
    public TimeSpan RetireGracePeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Each cluster's database is looked into, and logged in to, once every <c>Provisioning:ResyncPeriod</c>, unless there are so many that
    /// less than this would lie between two looks: then each has its turn later. What can be seen from outside is compared every
    /// <c>Provisioning:ResyncPeriod</c> all the same. Default: 2 s, so up to 300 clusters are looked into every 10 min, and 10,000 every 5 h 33 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = "Provisioning:InsidePace must be between 00:00:00 and 1.00:00:00.")]
    public TimeSpan InsidePace { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>Checks <see cref="ClusterDataSourceOptions"/> when the process starts.</summary>
[OptionsValidator]
internal sealed partial class ClusterDataSourceOptionsValidator : IValidateOptions<ClusterDataSourceOptions>;
