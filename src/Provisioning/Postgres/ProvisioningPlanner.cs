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

        List<ProvisioningStep> steps =
        [
            .. RoleSteps(wanted, observed),
            .. SecondRoleSteps(wanted, observed),
            .. DatabaseSteps(wanted, observed),
            .. SchemaSteps(wanted, observed),
            .. PasswordSteps(wanted, observed),
        ];

        // Only beside a login that was seen to work, with nothing left to mend.
        return new ProvisioningPlan.Apply(steps.Count == 0 && observed.Login == LoginCheck.Works ? [.. RetirementSteps(wanted, observed)] : steps);
    }

    /// <summary>The role of ours that is not the one to log in; null: there is none.</summary>
    internal static ObservedRole? Former(KineDatabase wanted, Observation observed) => wanted.SecondLogsIn
        ? observed.Role
        : Ownership.Of(wanted, observed).OfSecond ? observed.Second!.Role : null;

    /// <summary>The attributes that differ. Null: none.</summary>
    /// <param name="wanted">What is wanted.</param>
    /// <param name="role">One of the roles.</param>
    /// <param name="logsIn">It is the one to log in. Of the other one only what is dangerous is set back: its login may be retired, or run out as somebody chose.</param>
    internal static RoleChanges? Changes(KineDatabase wanted, ObservedRole role, bool logsIn)
    {
        var changes = new RoleChanges
        {
            Login = logsIn && !role.CanLogin,
            NoSuperuser = role.IsSuperuser,
            NoCreateDatabase = role.MayCreateDatabases,
            NoCreateRole = role.MayCreateRoles,
            NoReplication = role.MayReplicate,
            NoBypassRowSecurity = role.BypassesRowSecurity,
            NeverExpires = logsIn && role.Expires,
            ConnectionLimit = role.ConnectionLimit == wanted.ConnectionLimit || !(logsIn || role.CanLogin) ? null : wanted.ConnectionLimit,
        };
        return changes == new RoleChanges() ? null : changes;
    }

    private static IEnumerable<ProvisioningStep> RoleSteps(KineDatabase wanted, Observation observed)
    {
        // Before the first one's mark, by which an old mark of the second is known.
        if (observed.Second is { } second && second.Role.Mark != wanted.Mark.Text && Ownership.Of(wanted, observed).OfSecond)
        {
            yield return new MarkRole(wanted.SecondRole!.Value, wanted.Mark);
        }

        if (observed.Role is not { } role)
        {
            yield return new CreateRole(wanted.Role, wanted.ConnectionLimit, wanted.Mark) { LogsIn = !wanted.SecondLogsIn };
            yield break;
        }

        if (role.Mark != wanted.Mark.Text)
        {
            yield return new MarkRole(wanted.Role, wanted.Mark);
        }

        if (Changes(wanted, role, !wanted.SecondLogsIn) is { } changes)
        {
            yield return new AlterRole(wanted.Role, changes);
        }
    }

    private static IEnumerable<ProvisioningStep> SecondRoleSteps(KineDatabase wanted, Observation observed)
    {
        if (wanted.SecondRole is not { } name || (observed.Second is null && !wanted.SecondLogsIn))
        {
            yield break;
        }

        if (observed.Second is not { } second)
        {
            yield return new CreateRole(name, wanted.ConnectionLimit, wanted.Mark);
        }
        else if (!Ownership.Of(wanted, observed).OfSecond)
        {
            // A stranger of that name is of no concern as long as it is not needed.
            yield break;
        }
        else if (Changes(wanted, second.Role, wanted.SecondLogsIn) is { } changes)
        {
            yield return new AlterRole(name, changes);
        }

        // Its password may still be in use: without the membership that would open nothing.
        if (observed.Second is not { IsMember: true, ActsAsRole: true } && (wanted.SecondLogsIn || observed.Second is { Role.CanLogin: true }))
        {
            yield return new JoinSecond(name, wanted.Role);
        }
    }

    private static IEnumerable<ProvisioningStep> RetirementSteps(KineDatabase wanted, Observation observed)
    {
        if (wanted.RetiresFormer && Former(wanted, observed) is { CanLogin: true, Sessions: 0 })
        {
            yield return new RetireRole(wanted.FormerRole!.Value);
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
                wanted.Role, [.. schema.Foreign.Select(relation => relation.Name)], observed.Role is { AdminIsMember: true })
            {
                From = observed.Second is { Role.AdminIsMember: false } && schema.Foreign.Any(relation => relation.Owner == wanted.SecondRole?.Value)
                    ? wanted.SecondRole
                    : null,
            };
        }
    }

    private static IEnumerable<ProvisioningStep> PasswordSteps(KineDatabase wanted, Observation observed)
    {
        // A role that may not log in, or whose time is over, is refused whatever its password: see after that is mended. What
        // pg_hba.conf does not let in is NotLetIn, and no password mends that.
        var role = wanted.SecondLogsIn ? observed.Second?.Role : observed.Role;
        var refused = observed.Login == LoginCheck.Refused && role is { CanLogin: true, Expires: false };
        if (role is null || refused)
        {
            yield return new SetPassword(wanted.LoginRole, ScramVerifier.Create(wanted.Password));
        }
    }
}
