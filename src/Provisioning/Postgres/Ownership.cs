namespace Provisioning.Postgres;

/// <summary>Which of roles and database are ours, by their marks.</summary>
/// <param name="OfRole">The role is ours.</param>
/// <param name="OfDatabase">The database is ours.</param>
internal readonly record struct Ownership(bool OfRole, bool OfDatabase)
{
    /// <summary>The second role is ours.</summary>
    public bool OfSecond { get; private init; }

    /// <summary>
    /// Ours is what has our mark. A missing mark (never another one) counts as ours only where the other of the two has it and they
    /// belong together: the role holds its grants on the database, or the database is one whose creation was interrupted, closed and
    /// owned by this admin.
    /// </summary>
    public static Ownership Of(OwnerMark mark, Observation observed)
    {
        var (role, database) = (observed.Role, observed.Database);
        var roleIsMarked = role?.Mark == mark.Text;
        var databaseIsMarked = database?.Mark == mark.Text;
        var together = database is { RoleIsGranted: true };
        var interrupted = database is { AllowsConnections: false, IsInvalid: false } && database.Owner == observed.Admin.Name;
        var marked = new Ownership(
            roleIsMarked || (role is { Mark: null } && databaseIsMarked && together),
            databaseIsMarked || (database is { Mark: null } && roleIsMarked && (together || interrupted)));
        return marked with { OfSecond = IsOurs(observed.Second, mark, role, marked.OfRole) };
    }

    /// <summary>The same, or proven by a login where the cluster's own Secret has the password: who knows it had them before. A role
    /// that is full proves nothing: that refusal comes to whoever asks, with any password.</summary>
    public static Ownership Of(KineDatabase wanted, Observation observed)
    {
        var login = wanted.SecondLogsIn ? observed.Second?.Role : observed.Role;
        if (!wanted.PasswordProvesOwnership || login is null || observed is not { Database: not null, Login: LoginCheck.Works })
        {
            return Of(wanted.Mark, observed);
        }

        // The second one proves whose the first one is only as its member.
        var ofRole = !wanted.SecondLogsIn || observed.Second is { IsMember: true } || observed.Role?.Mark == wanted.Mark.Text;
        return new Ownership(ofRole, true) { OfSecond = wanted.SecondLogsIn || IsOurs(observed.Second, wanted.Mark, observed.Role, ofRole) };
    }

    /// <summary>A member of a role of ours was made one by us; its mark may be missing, or as old as that role's own.</summary>
    private static bool IsOurs(ObservedSecondRole? second, OwnerMark mark, ObservedRole? role, bool isRoleOurs) =>
        second is not null
        && (second.Role.Mark == mark.Text
            || (second.IsMember && isRoleOurs && (second.Role.Mark is null || second.Role.Mark == role?.Mark)));
}
