using Provisioning.Postgres;

namespace Provisioning.ClusterDataSources;

/// <summary>What one reconcile of a ClusterDataSource came to.</summary>
internal abstract record Outcome
{
    private Outcome()
    {
    }

    /// <summary>The database is complete and both Secrets exist.</summary>
    /// <param name="KineSecret">The Secret with the DSN that control planes are to use.</param>
    /// <param name="CaSecret">The Secret with the CA; null: the DataSource has none.</param>
    /// <param name="Steps">What was changed on the server; empty when nothing differed.</param>
    public sealed record Ready(string KineSecret, string? CaSecret, IReadOnlyList<string> Steps) : Outcome
    {
        /// <summary>What works now and may not for long, one sentence each.</summary>
        public IReadOnlyList<string> Warnings { get; init; } = [];

        /// <summary>The servers that the cluster has left and of which nobody has been told yet (<see cref="FormerServers"/>); null: none.</summary>
        public string? FormerServer { get; init; }

        /// <summary>The role that took turns in logging in and still may; null: there is none.</summary>
        public FormerLogin? Former { get; init; }

        /// <summary>The longest wait before the next look; null: until something changes, or the next resync.</summary>
        public TimeSpan? LooksAgainWithin { get; init; }

        /// <summary>True when a rotation is complete as soon as the status names <see cref="KineSecret"/>.</summary>
        public bool CompletesRotation { get; init; }

        /// <summary>The version of what the DataSource said (<see cref="ServerLookup.Found.Version"/>).</summary>
        public string ServerVersion { get; init; } = "";
    }

    /// <summary>It could not be brought to the spec.</summary>
    public sealed record Failed(Problem Problem) : Outcome;

    /// <summary>Somebody else works on it now: say nothing and look again soon.</summary>
    public sealed record Busy : Outcome;

    /// <summary>Being deleted, and nothing of ours is left to do.</summary>
    public sealed record Released : Outcome;
}
