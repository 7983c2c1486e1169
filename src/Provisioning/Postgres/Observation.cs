namespace Provisioning.Postgres;

/// <summary>What is on the server now, as far as one cluster's database is concerned.</summary>
internal sealed record Observation
{
    public required ObservedAdmin Admin { get; init; }

    public required ObservedCapacity Capacity { get; init; }

    /// <summary>Null: there is no such role.</summary>
    public required ObservedRole? Role { get; init; }

    /// <summary>Null: there is no such role, or none is wanted.</summary>
    public ObservedSecondRole? Second { get; init; }

    /// <summary>Null: there is no such database.</summary>
    public required ObservedDatabase? Database { get; init; }

    /// <summary>The inside of the database. Null: not looked at, because it is missing, closed, or not ours.</summary>
    public required ObservedSchema? Schema { get; init; }

    /// <summary>What came of the login as the role with the wanted password.</summary>
    public required LoginCheck Login { get; init; }
}

/// <summary>The admin role of the session.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ServerVersion"><c>server_version_num</c>, such as 150018.</param>
/// <param name="IsSuperuser">It may do everything.</param>
/// <param name="MayCreateDatabases">CREATEDB.</param>
/// <param name="MayCreateRoles">CREATEROLE.</param>
internal sealed record ObservedAdmin(string Name, int ServerVersion, bool IsSuperuser, bool MayCreateDatabases, bool MayCreateRoles);

/// <summary>How many connections the server has and has promised, and whether it can take writes.</summary>
/// <param name="Available">max_connections without those kept for superusers.</param>
/// <param name="Promised">The connection limits of all other login roles that have one, together.</param>
/// <param name="AwaitsStandby">Commits wait for a synchronous standby, and no standby at all is connected.</param>
internal sealed record ObservedCapacity(int Available, long Promised, bool AwaitsStandby);

/// <summary>A role of the cluster.</summary>
internal sealed record ObservedRole
{
    /// <summary>Its COMMENT. Null: none.</summary>
    public required string? Mark { get; init; }

    public required bool CanLogin { get; init; }

    public required bool IsSuperuser { get; init; }

    public required bool MayCreateDatabases { get; init; }

    public required bool MayCreateRoles { get; init; }

    public required bool MayReplicate { get; init; }

    public required bool BypassesRowSecurity { get; init; }

    /// <summary>-1: without limit.</summary>
    public required int ConnectionLimit { get; init; }

    /// <summary>VALID UNTIL is set to a moment.</summary>
    public required bool Expires { get; init; }

    /// <summary>The admin may alter it. PostgreSQL 16 and later: it has ADMIN OPTION; before: it has CREATEROLE.</summary>
    public required bool AdminMayAlter { get; init; }

    /// <summary>The admin may act as it already (member, with INHERIT and SET on 16 and later).</summary>
    public required bool AdminIsMember { get; init; }

    /// <summary>Sessions of the role.</summary>
    public required int Sessions { get; init; }
}

/// <summary>The role that takes turns with the kine role in logging in.</summary>
/// <param name="Role">Its attributes.</param>
/// <param name="IsMember">It has what the kine role has, and may become it.</param>
/// <param name="ActsAsRole">Its sessions begin as the kine role: what it makes belongs to that one.</param>
internal sealed record ObservedSecondRole(ObservedRole Role, bool IsMember, bool ActsAsRole);

/// <summary>The database, seen from outside.</summary>
internal sealed record ObservedDatabase
{
    /// <summary>What an interrupted DROP DATABASE leaves as its connection limit.</summary>
    public const int InvalidConnectionLimit = -2;

    /// <summary>Its COMMENT. Null: none.</summary>
    public required string? Mark { get; init; }

    public required string Owner { get; init; }

    /// <summary>The admin owns it, itself or as a member of the owner.</summary>
    public required bool AdminOwns { get; init; }

    public required bool AllowsConnections { get; init; }

    /// <summary>-1: without limit; -2: invalid, see <see cref="IsInvalid"/>.</summary>
    public required int ConnectionLimit { get; init; }

    /// <summary>PUBLIC has a privilege on it: every role of the server may connect.</summary>
    public required bool PublicHasPrivileges { get; init; }

    /// <summary>CONNECT and TEMPORARY are granted to the role itself.</summary>
    public required bool RoleIsGranted { get; init; }

    /// <summary>A DROP DATABASE was interrupted: nothing but another DROP can be done, and an ALTER would kill the connection.</summary>
    public bool IsInvalid => ConnectionLimit == InvalidConnectionLimit;
}

/// <summary>The schema public of the database.</summary>
internal sealed record ObservedSchema
{
    /// <summary>False: somebody dropped it.</summary>
    public required bool Exists { get; init; }

    /// <summary>The admin may grant on it. False on 14 without superuser, where GRANT and REVOKE only warn.</summary>
    public required bool AdminMayGrant { get; init; }

    /// <summary>PUBLIC may create in it; the default up to 14.</summary>
    public required bool PublicMayCreate { get; init; }

    /// <summary>The role may use it and create in it, by whatever grant.</summary>
    public required bool RoleMayCreate { get; init; }

    /// <summary>Tables, sequences and views in it that the role does not own.</summary>
    public required IReadOnlyList<ObservedRelation> Foreign { get; init; }
}

/// <summary>A table, sequence or view in schema public that belongs to another role than kine's.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Owner">The role that it belongs to.</param>
/// <param name="AdminOwns">The admin may give it away.</param>
internal sealed record ObservedRelation(PostgresIdentifier Name, string Owner, bool AdminOwns);

/// <summary>What came of a login as the role.</summary>
internal enum LoginCheck
{
    /// <summary>There was nothing to log in to.</summary>
    NotTried,

    /// <summary>The role is in.</summary>
    Works,

    /// <summary>
    /// No connection is left, and the role is at its own limit (53300): a busy control plane. The password may not even have been looked
    /// at, so nothing needs a repair, and nothing is proven.
    /// </summary>
    RoleIsFull,

    /// <summary>The server refused the password (28P01); a role whose time is over is answered alike.</summary>
    Refused,

    /// <summary>The server refused the role whatever its password (28000): pg_hba.conf does not let it in, or it may not log in.</summary>
    NotLetIn,

    /// <summary>The password is right, the way into the database is not (42501, 55000).</summary>
    NoAccess,
}
