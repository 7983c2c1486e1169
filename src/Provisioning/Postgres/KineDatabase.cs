namespace Provisioning.Postgres;

/// <summary>What one cluster is to have on a server.</summary>
public sealed record KineDatabase
{
    /// <summary>The database; owned by the admin role.</summary>
    public required PostgresIdentifier Database { get; init; }

    /// <summary>The login role that kine uses; owns only its tables.</summary>
    public required PostgresIdentifier Role { get; init; }

    /// <summary>Whose they are: the text of the COMMENT on both.</summary>
    public required OwnerMark Mark { get; init; }

    /// <summary>The role's password.</summary>
    public required Password Password { get; init; }

    /// <summary>The role's CONNECTION LIMIT. Default: 100.</summary>
    public int ConnectionLimit { get; init; } = 100;

    /// <summary>False when the cluster was ready before: then a missing database is refused, never created empty.</summary>
    public required bool MayCreateDatabase { get; init; }

    /// <summary>
    /// True when <see cref="Password"/> comes out of a Secret that the controller wrote for this cluster before: then a login with it
    /// proves whose role and database are, although their marks name another uid (a management cluster brought back from a backup), and
    /// the marks are renewed. Default: false, a foreign mark is a conflict.
    /// </summary>
    public bool PasswordProvesOwnership { get; init; }
}

/// <summary>Whose a database or role is. Stored as its COMMENT; compared as a whole text.</summary>
/// <param name="Text">One line that names the ClusterDataSource by namespace, name and uid.</param>
public sealed record OwnerMark(string Text);
