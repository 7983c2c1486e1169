namespace Provisioning.Postgres;

/// <summary>Which of role and database are ours, by their marks.</summary>
/// <param name="OfRole">The role is ours.</param>
/// <param name="OfDatabase">The database is ours.</param>
internal readonly record struct Ownership(bool OfRole, bool OfDatabase)
{
    /// <summary>
    /// Ours is what has our mark. A missing mark (never another one) counts as ours only where the other of the two has it and they
    /// belong together: the role holds its grants on the database, or the database is one whose creation was interrupted, closed and
    /// owned by this admin.
    /// </summary>
    public static Ownership Of(OwnerMark mark, string admin, ObservedRole? role, ObservedDatabase? database)
    {
        var roleIsMarked = role?.Mark == mark.Text;
        var databaseIsMarked = database?.Mark == mark.Text;
        var together = database is { RoleIsGranted: true };
        var interrupted = database is { AllowsConnections: false, IsInvalid: false } && database.Owner == admin;
        return new Ownership(
            roleIsMarked || (role is { Mark: null } && databaseIsMarked && together),
            databaseIsMarked || (database is { Mark: null } && roleIsMarked && (together || interrupted)));
    }

    /// <summary>The same, or proven by a login where the cluster's own Secret has the password: who knows it had them before. A role
    /// that is full proves nothing: that refusal comes to whoever asks, with any password.</summary>
    public static Ownership Of(KineDatabase wanted, Observation observed) =>
        wanted.PasswordProvesOwnership && observed is { Role: not null, Database: not null, Login: LoginCheck.Works }
            ? new Ownership(true, true)
            : Of(wanted.Mark, observed.Admin.Name, observed.Role, observed.Database);
}
