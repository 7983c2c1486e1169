namespace Provisioning.ClusterDataSources;

/// <summary>kcm's labels. Backups select by <see cref="Component"/>: what lacks it is missing after a restore.</summary>
internal static class LabelNames
{
    public const string Managed = "k0rdent.mirantis.com/managed";
    public const string ManagedValue = "true";
    public const string Component = "k0rdent.mirantis.com/component";
    public const string ComponentValue = "kcm";
}
