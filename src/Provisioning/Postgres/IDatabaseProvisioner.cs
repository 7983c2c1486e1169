namespace Provisioning.Postgres;

/// <summary>
/// Makes and releases one cluster's database on a server. Safe for concurrent use, also by several processes: each call holds the
/// server's advisory lock of that database. Failures of the connection or of a statement are Npgsql's own exceptions, to be explained
/// by <see cref="PostgresFailure"/>.
/// </summary>
public interface IDatabaseProvisioner
{
    /// <summary>Observes, plans, applies and verifies, the last by a login as the role. Changes nothing when nothing differs.</summary>
    Task<ProvisioningOutcome> ProvisionAsync(PostgresServer server, KineDatabase wanted, CancellationToken cancellationToken);

    /// <summary>Cuts the access of the roles, ends their sessions, reassigns what they own to the admin and drops them. The database stays.</summary>
    Task<ReleaseOutcome> ReleaseAsync(PostgresServer server, ReleaseRequest request, CancellationToken cancellationToken);
}

/// <summary>What is to be released.</summary>
/// <param name="Database">Stays.</param>
/// <param name="Role">The role that owns the tables.</param>
/// <param name="SecondRole">The role that takes turns with it; null: there is none.</param>
/// <param name="Mark">Whose they are.</param>
public sealed record ReleaseRequest(PostgresIdentifier Database, PostgresIdentifier Role, PostgresIdentifier? SecondRole, OwnerMark Mark);

/// <summary>What provisioning came to.</summary>
public abstract record ProvisioningOutcome
{
    private ProvisioningOutcome()
    {
    }

    /// <summary>Everything is as wanted and the role has logged in.</summary>
    /// <param name="Steps">What had to be changed, in words without credentials; empty when nothing differed.</param>
    public sealed record Ready(IReadOnlyList<string> Steps) : ProvisioningOutcome
    {
        /// <summary>What works now and may not for long, one sentence each, such as too few connections on the server.</summary>
        public IReadOnlyList<string> Warnings { get; init; } = [];

        /// <summary>The role of ours that took turns in logging in and still may; null: only the wanted one may.</summary>
        public FormerLogin? Former { get; init; }
    }

    /// <summary>Nothing may be done until a person acts.</summary>
    /// <param name="Reason">A documented reason, such as <c>NameConflict</c>.</param>
    /// <param name="Message">One sentence that says what to do.</param>
    public sealed record Refused(string Reason, string Message) : ProvisioningOutcome;

    /// <summary>Another process works on this database now: look again soon.</summary>
    public sealed record Busy : ProvisioningOutcome;
}

/// <summary>A role whose password was replaced by that of the other one.</summary>
/// <param name="Role">Its name.</param>
/// <param name="Sessions">How many sessions of it there were.</param>
public sealed record FormerLogin(PostgresIdentifier Role, int Sessions);

/// <summary>What a release came to.</summary>
public abstract record ReleaseOutcome
{
    private ReleaseOutcome()
    {
    }

    /// <summary>The roles are gone, or never were. The database, if there is one, was kept.</summary>
    public sealed record Released : ReleaseOutcome;

    /// <summary>There is a role of that name, and it is not ours: it was not touched, and may still log in.</summary>
    /// <param name="Message">One sentence that says so; names no other owner.</param>
    public sealed record NotOurs(string Message) : ReleaseOutcome;

    /// <summary>Something stands in the way that a person must clear; access may be cut already.</summary>
    /// <param name="Reason">A documented reason.</param>
    /// <param name="Message">One sentence that says what to do.</param>
    /// <param name="AccessIsCut">True when no role can log in any longer.</param>
    public sealed record Blocked(string Reason, string Message, bool AccessIsCut) : ReleaseOutcome;

    /// <summary>Another process works on this database now: look again soon.</summary>
    public sealed record Busy : ReleaseOutcome;
}
