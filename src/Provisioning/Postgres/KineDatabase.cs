namespace Provisioning.Postgres;

/// <summary>What one cluster is to have on a server.</summary>
public sealed record KineDatabase
{
    /// <summary>The database; owned by the admin role.</summary>
    public required PostgresIdentifier Database { get; init; }

    /// <summary>The role that owns kine's tables and holds all grants. It logs in too, unless <see cref="SecondLogsIn"/>.</summary>
    public required PostgresIdentifier Role { get; init; }

    /// <summary>
    /// The role that takes turns with <see cref="Role"/> in logging in, so that two passwords work while control planes roll from one to the
    /// other. A member of it, and acts as it: whatever it makes belongs to the first. Null: there is none. Made when it is to log in.
    /// </summary>
    public PostgresIdentifier? SecondRole { get; init; }

    /// <summary>Which of the two is to log in with <see cref="Password"/>: true for the second. Default: false. The other one keeps the login that it has.</summary>
    public bool SecondLogsIn { get; init; }

    /// <summary>True: the other one loses its login and its password once it has no session and nothing else differs. Default: false.</summary>
    public bool RetiresFormer { get; init; }

    /// <summary>Whose they are: the text of the COMMENT on both.</summary>
    public required OwnerMark Mark { get; init; }

    /// <summary>The password of the role that logs in.</summary>
    public required Password Password { get; init; }

    /// <summary>The CONNECTION LIMIT of each role that may log in. Default: 100.</summary>
    public int ConnectionLimit { get; init; } = 100;

    /// <summary>False when the cluster was ready before: then a missing database is refused, never created empty.</summary>
    public required bool MayCreateDatabase { get; init; }

    /// <summary>
    /// True when <see cref="Password"/> comes out of a Secret that the controller wrote for this cluster before: then a login with it
    /// proves whose role and database are, although their marks name another uid (a management cluster brought back from a backup), and
    /// the marks are renewed. Default: false, a foreign mark is a conflict.
    /// </summary>
    public bool PasswordProvesOwnership { get; init; }

    /// <summary>
    /// Called once, when it is clear that the server can be brought to this and before anything changes there; what it throws ends the work. Null (the default): nobody
    /// has to remember the server.
    /// </summary>
    public Func<CancellationToken, Task>? Accepted { get; init; }

    /// <summary>The role whose name stands in the DSN.</summary>
    internal PostgresIdentifier LoginRole => SecondLogsIn ? Second : Role;

    /// <summary>The other one; null: there is none.</summary>
    internal PostgresIdentifier? FormerRole => SecondLogsIn ? Role : SecondRole;

    private PostgresIdentifier Second => SecondRole ?? throw new InvalidOperationException("The second role is to log in and has no name.");
}

/// <summary>Whose a database or role is. Stored as its COMMENT; compared as a whole text.</summary>
/// <param name="Text">One line that names the ClusterDataSource by namespace, name and uid.</param>
public sealed record OwnerMark(string Text);
