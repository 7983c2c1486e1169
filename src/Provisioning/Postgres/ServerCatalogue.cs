namespace Provisioning.Postgres;

/// <summary>What a server has, by name: only roles and databases with a COMMENT, since ours are marked by one.</summary>
/// <param name="Admin">The admin role that read it.</param>
/// <param name="Roles">The roles.</param>
/// <param name="Databases">The databases.</param>
internal sealed record ServerCatalogue(
    ObservedAdmin Admin, IReadOnlyDictionary<string, CatalogueRole> Roles, IReadOnlyDictionary<string, CatalogueDatabase> Databases) : IServerCatalogue
{
    /// <inheritdoc/>
    public bool IsAsWanted(KineDatabase wanted)
    {
        // The planner is the only one who says what differs. It leaves out what was not looked at, so what it needs must be there.
        var observed = Observe(wanted);
        return observed is { Role: not null, Database: { AllowsConnections: true, IsInvalid: false } }
            && ProvisioningPlanner.Plan(wanted, observed) is ProvisioningPlan.Apply { Steps: [] }
            && ProvisioningPlanner.Former(wanted, observed) is not { CanLogin: true };
    }

    /// <summary>The same as an observation of one database; neither its inside nor the login were looked at, and sessions and capacity were not counted.</summary>
    internal Observation Observe(KineDatabase wanted)
    {
        var database = Databases.GetValueOrDefault(wanted.Database.Value);
        return new Observation
        {
            Admin = Admin,
            Capacity = new ObservedCapacity(int.MaxValue, 0, AwaitsStandby: false),
            Role = Roles.GetValueOrDefault(wanted.Role.Value)?.Role,
            Second = wanted.SecondRole is { } second && Roles.GetValueOrDefault(second.Value) is { } found
                ? new ObservedSecondRole(found.Role, found.MemberOf.Contains(wanted.Role.Value, StringComparer.Ordinal), found.ActsAs(wanted.Role))
                : null,
            Database = database is null ? null : database.Database with { RoleIsGranted = database.Granted.Contains(wanted.Role.Value, StringComparer.Ordinal) },
            Schema = null,
            Login = LoginCheck.NotTried,
        };
    }
}

/// <summary>A role of a catalogue.</summary>
/// <param name="Role">Its attributes; sessions are not counted. What the admin may do with it is only what it may by itself, not as a member of others.</param>
/// <param name="MemberOf">The roles that it is a direct member of, has the privileges of, and may become.</param>
/// <param name="Settings">Its own settings for all databases, as <c>name=value</c>.</param>
internal sealed record CatalogueRole(ObservedRole Role, IReadOnlyList<string> MemberOf, IReadOnlyList<string> Settings)
{
    /// <summary>Whether its sessions begin as another role.</summary>
    public bool ActsAs(PostgresIdentifier role) => Settings.Contains($"role={role.Value}", StringComparer.Ordinal);
}

/// <summary>A database of a catalogue.</summary>
/// <param name="Database">As it is seen from outside, but for <see cref="ObservedDatabase.RoleIsGranted"/>.</param>
/// <param name="Granted">The roles to which CONNECT and TEMPORARY are granted.</param>
internal sealed record CatalogueDatabase(ObservedDatabase Database, IReadOnlyList<string> Granted);
