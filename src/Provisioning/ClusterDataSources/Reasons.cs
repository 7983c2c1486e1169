namespace Provisioning.ClusterDataSources;

/// <summary>The reasons of our own in <c>status.error</c> and in Events. Reasons of the server come from <see cref="Postgres.PostgresFailure"/>.</summary>
internal static class Reasons
{
    public const string InvalidClusterDataSource = nameof(InvalidClusterDataSource);
    public const string DataSourceNotFound = nameof(DataSourceNotFound);
    public const string InvalidDataSource = nameof(InvalidDataSource);
    public const string SecretNotFound = nameof(SecretNotFound);
    public const string SecretKeyNotFound = nameof(SecretKeyNotFound);
    public const string SecretForbidden = nameof(SecretForbidden);
    public const string InvalidSecret = nameof(InvalidSecret);
    public const string SecretConflict = nameof(SecretConflict);
    public const string SecretRejected = nameof(SecretRejected);

    /// <summary>The cluster runs on another database than this ClusterDataSource would make.</summary>
    public const string ClusterRunsElsewhere = nameof(ClusterRunsElsewhere);

    /// <summary>Being deleted, and the cluster's control plane may still use the database.</summary>
    public const string ClusterStillRuns = nameof(ClusterStillRuns);

    /// <summary>Whether the cluster runs cannot be found out.</summary>
    public const string HelmReleaseUnreadable = nameof(HelmReleaseUnreadable);

    public const string InternalError = nameof(InternalError);

    /// <summary>Events only: the database is complete.</summary>
    public const string Provisioned = nameof(Provisioned);

    /// <summary>Events only: the database works, and its server may not for long.</summary>
    public const string ServerNeedsAttention = nameof(ServerNeedsAttention);

    /// <summary>Events only: the status names other Secrets than before.</summary>
    public const string SecretsChanged = nameof(SecretsChanged);

    /// <summary>Events only: the cluster moved to another server, and its role on the former one can still log in.</summary>
    public const string FormerServerKeepsRole = nameof(FormerServerKeepsRole);

    /// <summary>Events only: control planes are told of a new password, and the former one still works.</summary>
    public const string CredentialsRotated = nameof(CredentialsRotated);

    /// <summary>Events only: the former password still works, and what is waited for before it goes.</summary>
    public const string FormerCredentialsInUse = nameof(FormerCredentialsInUse);

    /// <summary>Events only: only the current password works.</summary>
    public const string FormerCredentialsRetired = nameof(FormerCredentialsRetired);

    /// <summary>Events only: a rotation was asked for and cannot begin yet.</summary>
    public const string RotationWaits = nameof(RotationWaits);

    /// <summary>Events only: the request was taken back before the rotation was complete.</summary>
    public const string RotationCanceled = nameof(RotationCanceled);

    /// <summary>Events only: the role is gone, the database was kept.</summary>
    public const string Released = nameof(Released);

    /// <summary>Events only: released by annotation, with something left on the server.</summary>
    public const string LeftBehind = nameof(LeftBehind);
}
