namespace Provisioning.Consumers;

/// <summary>Whether objects get databases by annotation: one more key of the configuration section <c>Provisioning</c>.</summary>
public sealed class ConsumerOptions
{
    /// <summary>The configuration section; shared with <see cref="Reconciliation.ReconciliationOptions"/>, which has the other keys.</summary>
    public const string SectionName = "Provisioning";

    /// <summary>
    /// True (the default): HelmReleases and k0smotron Clusters with the annotation <c>k0rdent.mirantis.com/data-source</c> get their
    /// ClusterDataSources. False: neither kind is watched.
    /// </summary>
    public bool Consumers { get; init; } = true;
}
