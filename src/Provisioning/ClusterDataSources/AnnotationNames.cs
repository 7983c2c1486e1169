namespace Provisioning.ClusterDataSources;

/// <summary>The annotations that the controllers read and write, all in k0rdent's group.</summary>
public static class AnnotationNames
{
    private const string Group = "k0rdent.mirantis.com/";

    /// <summary>
    /// On a ClusterDataSource and its Secrets: the database that was chosen. On a ClusterDataSource it is written before the first
    /// statement goes to a server, so its absence proves that there is nothing to release.
    /// </summary>
    public const string Database = "k0rdent.mirantis.com/database";

    /// <summary>On the kine Secret: the role that was chosen.</summary>
    public const string Role = "k0rdent.mirantis.com/role";

    /// <summary>On a Secret that we wrote: the name of its ClusterDataSource. Unlike the owner's uid it survives a backup and its restore.</summary>
    public const string ClusterDataSource = "k0rdent.mirantis.com/cluster-data-source";

    /// <summary>On the kine Secret, <c>true</c>: the database was complete once, so it must never be made again empty.</summary>
    public const string Provisioned = "k0rdent.mirantis.com/provisioned";

    /// <summary>
    /// On the kine Secret: the servers that the cluster has left, as <c>host:port</c>s (<see cref="FormerServers"/>). Written with the DSN, and
    /// removed once Events have told of the roles there, so that a crash in between does not keep anybody from being told.
    /// </summary>
    public const string FormerServer = "k0rdent.mirantis.com/former-server";

    /// <summary>On a ClusterDataSource: which contents its Secrets were published with (<see cref="PublishedSecrets"/>). Proves that it was ready once.</summary>
    public const string PublishedSecrets = "k0rdent.mirantis.com/published-secrets";

    /// <summary>Set by a person to <c>true</c> on a ClusterDataSource: an empty database may be made although there was one before. Removed when used.</summary>
    public const string AllowEmptyDatabase = "k0rdent.mirantis.com/allow-empty-database";

    /// <summary>Set by a person to <c>true</c> on a ClusterDataSource that is being deleted: let it go even when its role cannot be dropped.</summary>
    public const string Release = "k0rdent.mirantis.com/release";

    /// <summary>
    /// Set by a person on a ClusterDataSource: the cluster's password is to be replaced, once for each value, such as a timestamp. See
    /// <see cref="ClusterDataSources.Rotation"/>.
    /// </summary>
    public const string Rotate = "k0rdent.mirantis.com/rotate";

    /// <summary>On the kine Secret: the value of <see cref="Rotate"/> that its password was made for; written together with that password.</summary>
    public const string Rotated = "k0rdent.mirantis.com/rotated";

    /// <summary>
    /// On the kine Secret: the role whose login is being taken away since nobody uses it any more. Written before that, and removed once an Event
    /// has said that it is gone, so that a crash in between does not keep anybody from being told.
    /// </summary>
    public const string Retiring = "k0rdent.mirantis.com/retiring";

    /// <summary>On a DataSource: the database that admin sessions connect to. Default: <c>postgres</c>.</summary>
    public const string MaintenanceDatabase = "k0rdent.mirantis.com/maintenance-database";

    /// <summary>On a DataSource: the CONNECTION LIMIT of each cluster's role. Default: 100.</summary>
    public const string RoleConnectionLimit = "k0rdent.mirantis.com/role-connection-limit";

    /// <summary>Those of a ClusterDataSource by which a person asks for something.</summary>
    internal static readonly IReadOnlyList<string> OfPeople = [AllowEmptyDatabase, Release, Rotate];

    /// <summary>Whether a name is of k0rdent's group, known or not.</summary>
    internal static bool IsOurs(string name) => name.StartsWith(Group, StringComparison.Ordinal);

    internal static bool IsSet(this Kubernetes.ObjectMeta metadata, string annotation) =>
        string.Equals(metadata.Annotations?.GetValueOrDefault(annotation), "true", StringComparison.OrdinalIgnoreCase);
}
