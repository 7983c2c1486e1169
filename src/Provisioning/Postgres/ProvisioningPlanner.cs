using static Provisioning.Postgres.ProvisioningStep;

namespace Provisioning.Postgres;

/// <summary>The decision: from what is wanted and what is there to steps, or to a refusal. Pure.</summary>
internal static class ProvisioningPlanner
{
    /// <summary>From 15 on the database's owner owns schema public; before, it is the server's superuser.</summary>
    private const int OwnedSchemaVersion = 150000;

    /// <summary>Plans. Nothing is planned as long as anything is refused.</summary>
    public static ProvisioningPlan Plan(KineDatabase wanted, Observation observed)
    {
        var refusal = ProvisioningRefusals.Find(wanted, observed);
        if (refusal is not null)
        {
            return refusal;
        }

        return new ProvisioningPlan.Apply(
            [.. RoleSteps(wanted, observed), .. DatabaseSteps(wanted, observed), .. SchemaSteps(wanted, observed), .. PasswordSteps(wanted, observed)]);
    }

    /// <summary>The attributes that differ. Null: none.</summary>
    internal static RoleChanges? Changes(KineDatabase wanted, ObservedRole role)
    {
        var changes = new RoleChanges
        {
            Login = !role.CanLogin,
            NoSuperuser = role.IsSuperuser,
            NoCreateDatabase = role.MayCreateDatabases,
            NoCreateRole = role.MayCreateRoles,
            NoReplication = role.MayReplicate,
            NoBypassRowSecurity = role.BypassesRowSecurity,
            NeverExpires = role.Expires,
            ConnectionLimit = role.ConnectionLimit == wanted.ConnectionLimit ? null : wanted.ConnectionLimit,
        };
        return changes == new RoleChanges() ? null : changes;
    }

    private static IEnumerable<ProvisioningStep> RoleSteps(KineDatabase wanted, Observation observed)
    {
        if (observed.Role is not { } role)
        {
            yield return new CreateRole(wanted.Role, wanted.ConnectionLimit, wanted.Mark);
            yield break;
        }

        if (role.Mark != wanted.Mark.Text)
        {
            yield return new MarkRole(wanted.Role, wanted.Mark);
        }

        if (Changes(wanted, role) is { } changes)
        {
            yield return new AlterRole(wanted.Role, changes);
        }
    }

    private static IEnumerable<ProvisioningStep> DatabaseSteps(KineDatabase wanted, Observation observed)
    {
        var database = observed.Database;
        if (database is null)
        {
            yield return new CreateDatabase(wanted.Database);
        }
        else if (database.Owner == wanted.Role.Value)
        {
            // An owner can drop it, and can open it to every tenant.
            yield return new TakeDatabase(wanted.Database, wanted.Role, observed.Role is { AdminIsMember: true });
        }

        // Before anything else, and before it opens: by default every role of the server may connect to every database.
        if (database is null or { PublicHasPrivileges: true })
        {
            yield return new ClosePublic(wanted.Database);
        }

        if (database?.Mark != wanted.Mark.Text)
        {
            yield return new MarkDatabase(wanted.Database, wanted.Mark);
        }

        if (database is null or { RoleIsGranted: false } || observed.Role is null)
        {
            yield return new GrantDatabase(wanted.Database, wanted.Role);
        }

        if (database is null or { AllowsConnections: false })
        {
            yield return new OpenDatabase(wanted.Database);
        }
    }

    private static IEnumerable<ProvisioningStep> SchemaSteps(KineDatabase wanted, Observation observed)
    {
        if (observed.Database is null && (observed.Admin.IsSuperuser || observed.Admin.ServerVersion >= OwnedSchemaVersion))
        {
            yield return new GrantSchema(wanted.Role);
        }

        // Else what was opened just now is looked at in the next round.
        if (observed.Schema is not { } schema)
        {
            yield break;
        }

        if (!schema.Exists)
        {
            yield return new CreateSchema();
        }

        if (schema.AdminMayGrant && (schema.PublicMayCreate || !schema.RoleMayCreate))
        {
            yield return new GrantSchema(wanted.Role);
        }

        if (schema.Foreign.Count > 0)
        {
            yield return new OwnRelations(
                wanted.Role, [.. schema.Foreign.Select(relation => relation.Name)], observed.Role is { AdminIsMember: true });
        }
    }

    private static IEnumerable<ProvisioningStep> PasswordSteps(KineDatabase wanted, Observation observed)
    {
        // A role that may not log in, or whose time is over, is refused whatever its password: see after that is mended. What
        // pg_hba.conf does not let in is NotLetIn, and no password mends that.
        var refused = observed.Login == LoginCheck.Refused && observed.Role is { CanLogin: true, Expires: false };
        if (observed.Role is null || refused)
        {
            yield return new SetPassword(wanted.Role, ScramVerifier.Create(wanted.Password));
        }
    }
}
