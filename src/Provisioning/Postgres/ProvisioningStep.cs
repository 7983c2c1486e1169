namespace Provisioning.Postgres;

/// <summary>A step that brings the server closer to what is wanted. Every step may be repeated.</summary>
internal abstract record ProvisioningStep
{
    private ProvisioningStep()
    {
    }

    /// <summary>What it does, in words without credentials.</summary>
    public abstract string Description { get; }

    /// <summary>Creates the role with its mark, without a password: nobody can log in as it yet.</summary>
    public sealed record CreateRole(PostgresIdentifier Role, int ConnectionLimit, OwnerMark Mark) : ProvisioningStep
    {
        /// <summary>False: it owns what another role logs in for. Default: true.</summary>
        public bool LogsIn { get; init; } = true;

        public override string Description => $"created role {Role}";
    }

    /// <summary>Sets attributes of the role back.</summary>
    public sealed record AlterRole(PostgresIdentifier Role, RoleChanges Changes) : ProvisioningStep
    {
        public override string Description => $"set attributes of role {Role}";
    }

    /// <summary>Writes the mark of the role again.</summary>
    public sealed record MarkRole(PostgresIdentifier Role, OwnerMark Mark) : ProvisioningStep
    {
        public override string Description => $"marked role {Role}";
    }

    /// <summary>Creates the database, closed for connections until it is safe.</summary>
    public sealed record CreateDatabase(PostgresIdentifier Database) : ProvisioningStep
    {
        public override string Description => $"created database {Database}";
    }

    /// <summary>Makes the admin the owner of a database that belongs to the kine role.</summary>
    public sealed record TakeDatabase(PostgresIdentifier Database, PostgresIdentifier Role, bool AdminIsMember) : ProvisioningStep
    {
        public override string Description => $"took database {Database} over from role {Role}";
    }

    /// <summary>Takes all privileges on the database from PUBLIC.</summary>
    public sealed record ClosePublic(PostgresIdentifier Database) : ProvisioningStep
    {
        public override string Description => $"revoked the privileges of PUBLIC on database {Database}";
    }

    /// <summary>Writes the mark of the database.</summary>
    public sealed record MarkDatabase(PostgresIdentifier Database, OwnerMark Mark) : ProvisioningStep
    {
        public override string Description => $"marked database {Database}";
    }

    /// <summary>Lets the role connect to the database.</summary>
    public sealed record GrantDatabase(PostgresIdentifier Database, PostgresIdentifier Role) : ProvisioningStep
    {
        public override string Description => $"granted database {Database} to role {Role}";
    }

    /// <summary>Opens the database for connections.</summary>
    public sealed record OpenDatabase(PostgresIdentifier Database) : ProvisioningStep
    {
        public override string Description => $"opened database {Database} for connections";
    }

    /// <summary>Creates schema public again.</summary>
    public sealed record CreateSchema : ProvisioningStep
    {
        public override string Description => "created schema public";
    }

    /// <summary>Lets the role create tables, and nobody else.</summary>
    public sealed record GrantSchema(PostgresIdentifier Role) : ProvisioningStep
    {
        public override string Description => $"granted schema public to role {Role}";
    }

    /// <summary>Gives tables, sequences and views of schema public to the role; kine starts only when it owns them.</summary>
    public sealed record OwnRelations(PostgresIdentifier Role, IReadOnlyList<PostgresIdentifier> Relations, bool AdminIsMember) : ProvisioningStep
    {
        /// <summary>The second role, when some of them are its and the admin is no member of it. Null: not needed.</summary>
        public PostgresIdentifier? From { get; init; }

        public override string Description => $"gave {string.Join(", ", Relations.Select(relation => $"public.{relation}"))} to role {Role}";
    }

    /// <summary>Makes the second role a member of the first whose sessions begin as that one.</summary>
    public sealed record JoinSecond(PostgresIdentifier Second, PostgresIdentifier Role) : ProvisioningStep
    {
        public override string Description => $"made role {Second} a member of role {Role}";
    }

    /// <summary>Takes login and password from a role that nobody uses any more.</summary>
    public sealed record RetireRole(PostgresIdentifier Role) : ProvisioningStep
    {
        public override string Description => $"took login and password from role {Role}";
    }

    /// <summary>Sets the role's password, by its verifier.</summary>
    public sealed record SetPassword(PostgresIdentifier Role, ScramVerifier Verifier) : ProvisioningStep
    {
        public override string Description => $"set the password of role {Role}";
    }
}

/// <summary>Attributes of a role to set back; only those that differ, since naming some of them needs a superuser.</summary>
internal sealed record RoleChanges
{
    public bool Login { get; init; }

    public bool NoSuperuser { get; init; }

    public bool NoCreateDatabase { get; init; }

    public bool NoCreateRole { get; init; }

    public bool NoReplication { get; init; }

    public bool NoBypassRowSecurity { get; init; }

    public bool NeverExpires { get; init; }

    /// <summary>Null: stays.</summary>
    public int? ConnectionLimit { get; init; }

    /// <summary>Only a superuser may do this.</summary>
    public bool NeedSuperuser => NoSuperuser || NoReplication || NoBypassRowSecurity;
}
