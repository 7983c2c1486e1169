namespace Provisioning.Postgres;

/// <summary>Why nothing may be done, and what a person is to do. Pure.</summary>
internal static class ProvisioningRefusals
{
    private const int AdminOptionVersion = 160000;

    /// <summary>Null when nothing stands in the way.</summary>
    public static ProvisioningPlan.Refuse? Find(KineDatabase wanted, Observation observed)
    {
        // An invalid database first: even reading more of it is pointless.
        if (observed.Database is { IsInvalid: true })
        {
            return new(
                PostgresReasons.DatabaseInvalid,
                $"database {wanted.Database} was left invalid by an interrupted DROP DATABASE: drop it (DROP DATABASE {wanted.Database.Quoted}) and restore it");
        }

        return Conflict(wanted, observed) ?? Missing(wanted, observed) ?? Privileges(wanted, observed);
    }

    private static ProvisioningPlan.Refuse? Conflict(KineDatabase wanted, Observation observed)
    {
        var ownership = Ownership.Of(wanted, observed);
        var messages = new List<string>();
        var foreign = new List<ForeignMark>();
        if (observed.Database is { } database && !ownership.OfDatabase)
        {
            messages.Add(Conflict("database", "DATABASE", wanted.Database, database.Mark, wanted.Mark));
            foreign.AddRange(Foreign("database", wanted.Database, database.Mark));
        }

        if (observed.Role is { } role && !ownership.OfRole)
        {
            messages.Add(Conflict("role", "ROLE", wanted.Role, role.Mark, wanted.Mark));
            foreign.AddRange(Foreign("role", wanted.Role, role.Mark));
        }

        if (wanted.SecondLogsIn && observed.Second is { Role.Mark: var mark } && !ownership.OfSecond)
        {
            messages.Add(Conflict("role", "ROLE", wanted.LoginRole, mark, wanted.Mark));
            foreign.AddRange(Foreign("role", wanted.LoginRole, mark));
        }

        return messages.Count == 0 ? null : new(PostgresReasons.NameConflict, string.Join("; ", messages)) { ForeignMarks = foreign };
    }

    /// <summary>Whoever may read the message need not know the neighbours: another's mark is for our log.</summary>
    private static string Conflict(string kind, string keyword, PostgresIdentifier name, string? found, OwnerMark mark) =>
        found is null
            ? $"{kind} {name} exists and has no owner mark: if it is meant, "
                + $"the database administrator adopts it by COMMENT ON {keyword} {name.Quoted} IS {SqlText.Literal(mark.Text)}"
            : $"{kind} {name} exists and is marked for another ClusterDataSource: whose it is to be, the database administrator decides";

    private static IEnumerable<ForeignMark> Foreign(string kind, PostgresIdentifier name, string? found) =>
        found is null ? [] : [new ForeignMark(kind, name, found)];

    private static ProvisioningPlan.Refuse? Missing(KineDatabase wanted, Observation observed) =>
        observed.Database is null && !wanted.MayCreateDatabase
            ? new(
                PostgresReasons.DatabaseMissing,
                $"database {wanted.Database} is not on this server although the cluster was ready before: restore it first; an empty database is never put in its place")
            : null;

    private static ProvisioningPlan.Refuse? Privileges(KineDatabase wanted, Observation observed)
    {
        var admin = observed.Admin;
        if (admin.IsSuperuser)
        {
            return null;
        }

        var name = new PostgresIdentifier(admin.Name).Quoted;
        var statements = new List<string>();
        if ((observed.Role is null || (wanted.SecondLogsIn && observed.Second is null)) && !admin.MayCreateRoles)
        {
            statements.Add($"ALTER ROLE {name} CREATEROLE");
        }

        if (observed.Database is null && !admin.MayCreateDatabases)
        {
            statements.Add($"ALTER ROLE {name} CREATEDB");
        }

        if (observed.Role is { } role)
        {
            statements.AddRange(RoleStatements(observed, wanted.Role, ProvisioningPlanner.Changes(wanted, role, !wanted.SecondLogsIn), role.AdminMayAlter));
        }

        if (observed.Second is { Role: var second } && Ownership.Of(wanted, observed).OfSecond)
        {
            statements.AddRange(RoleStatements(
                observed, wanted.SecondRole!.Value, ProvisioningPlanner.Changes(wanted, second, wanted.SecondLogsIn), second.AdminMayAlter));
        }

        if (observed.Database is { AdminOwns: false } database && database.Owner != wanted.Role.Value)
        {
            statements.Add($"ALTER DATABASE {wanted.Database.Quoted} OWNER TO {name}");
        }

        var inside = InsideStatements(wanted, observed).ToList();
        if (statements.Count + inside.Count == 0)
        {
            return null;
        }

        var where = inside.Count > 0 ? [$"in database {wanted.Database}: {string.Join("; ", inside)}"] : Array.Empty<string>();
        return new(
            PostgresReasons.AdminPrivilegeMissing,
            $"role {admin.Name} may not do what is needed: the database administrator grants it by {string.Join("; ", [.. statements, .. where])}");
    }

    private static IEnumerable<string> RoleStatements(Observation observed, PostgresIdentifier role, RoleChanges? changes, bool adminMayAlter)
    {
        if (changes is { NeedSuperuser: true })
        {
            yield return ProvisioningSql.AlterRole(role, new RoleChanges
            {
                NoSuperuser = changes.NoSuperuser,
                NoReplication = changes.NoReplication,
                NoBypassRowSecurity = changes.NoBypassRowSecurity,
            });
        }

        if (!adminMayAlter)
        {
            var admin = new PostgresIdentifier(observed.Admin.Name).Quoted;
            yield return observed.Admin.ServerVersion >= AdminOptionVersion
                ? $"GRANT {role.Quoted} TO {admin} WITH ADMIN OPTION"
                : $"ALTER ROLE {admin} CREATEROLE";
        }
    }

    /// <summary>Statements that must run inside the database.</summary>
    private static IEnumerable<string> InsideStatements(KineDatabase wanted, Observation observed)
    {
        if (observed.Schema is not { Exists: true } schema)
        {
            yield break;
        }

        // A role that is still to be made may get in by what PUBLIC has: the next round sees.
        if (observed.Role is not null && !schema.AdminMayGrant && !schema.RoleMayCreate)
        {
            yield return $"GRANT USAGE, CREATE ON SCHEMA public TO {wanted.Role.Quoted}";
        }

        // To a role that is not there yet nothing can be given: the admin gives it on. What the second role made, the admin can give away by joining it.
        var owner = observed.Role is null ? new PostgresIdentifier(observed.Admin.Name) : wanted.Role;
        var second = Ownership.Of(wanted, observed).OfSecond ? wanted.SecondRole?.Value : null;
        foreach (var relation in schema.Foreign.Where(relation => !relation.AdminOwns && relation.Owner != second))
        {
            yield return ProvisioningSql.OwnRelation(relation.Name, owner);
        }
    }
}
