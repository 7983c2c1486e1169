using Provisioning.Postgres;
using static Provisioning.Postgres.ProvisioningStep;

namespace Provisioning.Tests.Postgres;

public sealed class ProvisioningPlannerTests
{
    private static readonly KineDatabase Wanted = new()
    {
        Database = new PostgresIdentifier("db"),
        Role = new PostgresIdentifier("kine_db"),
        Mark = new OwnerMark("ours"),
        Password = new Password("secret"),
        ConnectionLimit = 100,
        MayCreateDatabase = true,
    };

    private static readonly ObservedRole Role = new()
    {
        Mark = "ours",
        CanLogin = true,
        IsSuperuser = false,
        MayCreateDatabases = false,
        MayCreateRoles = false,
        MayReplicate = false,
        BypassesRowSecurity = false,
        ConnectionLimit = 100,
        Expires = false,
        AdminMayAlter = true,
        AdminIsMember = false,
        Sessions = 0,
    };

    private static readonly ObservedDatabase Database = new()
    {
        Mark = "ours",
        Owner = "admin",
        AdminOwns = true,
        AllowsConnections = true,
        ConnectionLimit = -1,
        PublicHasPrivileges = false,
        RoleIsGranted = true,
    };

    private static readonly ObservedSchema Schema = new()
    {
        Exists = true,
        AdminMayGrant = true,
        PublicMayCreate = false,
        RoleMayCreate = true,
        Foreign = [],
    };

    private static readonly Observation Right = new()
    {
        Admin = new ObservedAdmin("admin", 150018, IsSuperuser: false, MayCreateDatabases: true, MayCreateRoles: true),
        Capacity = new ObservedCapacity(97, 0, AwaitsStandby: false),
        Role = Role,
        Database = Database,
        Schema = Schema,
        Login = LoginCheck.Works,
    };

    private static readonly Observation Empty = Right with { Role = null, Database = null, Schema = null, Login = LoginCheck.NotTried };

    [Fact]
    public void Plans_nothing_when_nothing_differs() => Assert.Empty(Steps(Right));

    [Fact]
    public void Plans_nothing_for_a_role_of_ours_that_is_full() => Assert.Empty(Steps(Right with { Login = LoginCheck.RoleIsFull }));

    [Fact]
    public void Makes_all_in_the_order_that_lets_nobody_in_too_early() => Assert.Equal(
        ["CreateRole", "CreateDatabase", "ClosePublic", "MarkDatabase", "GrantDatabase", "OpenDatabase", "GrantSchema", "SetPassword"], Names(Empty));

    [Fact]
    public void On_14_leaves_schema_public_to_what_it_sees_once_the_database_is_there() => Assert.DoesNotContain(
        "GrantSchema", Names(Empty with { Admin = Empty.Admin with { ServerVersion = 140023 } }));

    [Fact]
    public void Sets_back_only_the_attributes_that_differ()
    {
        var changed = Right with { Role = Role with { MayCreateRoles = true, ConnectionLimit = -1 } };

        Assert.Equal(new AlterRole(Wanted.Role, new RoleChanges { NoCreateRole = true, ConnectionLimit = 100 }), Assert.Single(Steps(changed)));
    }

    [Fact]
    public void Sets_no_password_while_the_role_may_not_log_in_anyway()
    {
        Assert.Equal(["AlterRole"], Names(Right with { Role = Role with { CanLogin = false }, Login = LoginCheck.NotLetIn }));
        Assert.Empty(Names(Right with { Login = LoginCheck.NotLetIn }));
        Assert.Equal(["AlterRole"], Names(Right with { Role = Role with { Expires = true }, Login = LoginCheck.Refused }));
        Assert.Equal(["SetPassword"], Names(Right with { Login = LoginCheck.Refused }));
    }

    [Fact]
    public void Sets_no_password_when_only_the_way_into_the_database_is_wrong() => Assert.Equal(
        ["GrantDatabase"], Names(Right with { Database = Database with { RoleIsGranted = false }, Login = LoginCheck.NoAccess }));

    [Fact]
    public void Takes_the_database_from_a_role_that_owns_it() => Assert.Equal(
        ["TakeDatabase"], Names(Right with { Database = Database with { Owner = "kine_db", AdminOwns = false } }));

    [Fact]
    public void Gives_the_tables_of_a_kept_database_to_the_role_made_again()
    {
        var relation = new ObservedRelation(new PostgresIdentifier("kine"), "admin", AdminOwns: true);
        var kept = Right with { Role = null, Schema = Schema with { Foreign = [relation], RoleMayCreate = false }, Login = LoginCheck.NotTried };

        Assert.Equal(["CreateRole", "GrantDatabase", "GrantSchema", "OwnRelations", "SetPassword"], Names(kept));
    }

    [Fact]
    public void Refuses_a_table_that_the_admin_may_not_give_away()
    {
        var relation = new ObservedRelation(new PostgresIdentifier("kine"), "postgres", AdminOwns: false);

        var refusal = Refusal(Right with { Schema = Schema with { Foreign = [relation] } });

        Assert.Equal(PostgresReasons.AdminPrivilegeMissing, refusal.Reason);
        Assert.EndsWith("in database db: ALTER TABLE public.\"kine\" OWNER TO \"kine_db\"", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Asks_for_a_restored_table_itself_as_long_as_there_is_no_role_to_give_it_to()
    {
        var relation = new ObservedRelation(new PostgresIdentifier("kine"), "postgres", AdminOwns: false);

        var refusal = Refusal(Right with { Role = null, Schema = Schema with { Foreign = [relation] } });

        Assert.EndsWith("in database db: ALTER TABLE public.\"kine\" OWNER TO \"admin\"", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "theirs")]
    [InlineData("theirs", null)]
    [InlineData("theirs", "theirs")]
    [InlineData("theirs", "ours")]
    [InlineData("ours", "theirs")]
    [InlineData(null, null)]
    public void Refuses_what_is_not_ours(string? role, string? database)
    {
        var refusal = Refusal(Right with { Role = Role with { Mark = role }, Database = Database with { Mark = database } });

        Assert.Equal(PostgresReasons.NameConflict, refusal.Reason);
    }

    [Fact]
    public void Refuses_a_role_or_database_of_that_name_alone_when_it_has_no_mark()
    {
        Assert.Equal(PostgresReasons.NameConflict, Refusal(Empty with { Role = Role with { Mark = null } }).Reason);
        Assert.Equal(PostgresReasons.NameConflict, Refusal(Empty with { Database = Database with { Mark = null } }).Reason);
        Assert.Equal(
            PostgresReasons.NameConflict,
            Refusal(Empty with { Database = Database with { Mark = null, AllowsConnections = false, RoleIsGranted = false } }).Reason);
    }

    [Fact]
    public void Writes_a_lost_mark_again_only_where_role_and_database_belong_together()
    {
        Assert.Equal(["MarkRole"], Names(Right with { Role = Role with { Mark = null } }));
        Assert.Equal(["MarkDatabase"], Names(Right with { Database = Database with { Mark = null } }));
        Assert.Equal(
            PostgresReasons.NameConflict, Refusal(Right with { Database = Database with { Mark = null, RoleIsGranted = false } }).Reason);
        Assert.Equal(PostgresReasons.NameConflict, Refusal(Right with { Role = Role with { Mark = null }, Database = Database with { RoleIsGranted = false } }).Reason);
    }

    [Fact]
    public void Renews_foreign_marks_only_where_the_clusters_own_Secret_logs_in()
    {
        var restored = Right with { Role = Role with { Mark = "old uid" }, Database = Database with { Mark = "old uid" } };
        var proven = Wanted with { PasswordProvesOwnership = true };

        Assert.Equal(PostgresReasons.NameConflict, Refusal(restored).Reason);
        Assert.IsType<ProvisioningPlan.Refuse>(ProvisioningPlanner.Plan(proven, restored with { Login = LoginCheck.Refused }));
        Assert.IsType<ProvisioningPlan.Refuse>(ProvisioningPlanner.Plan(proven, restored with { Login = LoginCheck.NotTried }));
        Assert.IsType<ProvisioningPlan.Refuse>(ProvisioningPlanner.Plan(proven, restored with { Login = LoginCheck.RoleIsFull }));
        var plan = Assert.IsType<ProvisioningPlan.Apply>(ProvisioningPlanner.Plan(proven, restored));
        Assert.Equal([new MarkRole(Wanted.Role, Wanted.Mark), new MarkDatabase(Wanted.Database, Wanted.Mark)], plan.Steps);
    }

    [Theory]
    [InlineData(100, 0, false)]
    [InlineData(100, 1, true)]
    [InlineData(99, 0, true)]
    public void Warns_when_the_server_has_promised_more_connections_than_it_has(int available, long promised, bool warns) => Assert.Equal(
        warns, ProvisioningWarnings.Find(Wanted, Right with { Capacity = new ObservedCapacity(available, promised, AwaitsStandby: false) }).Count == 1);

    [Fact]
    public void Goes_on_with_a_database_whose_creation_was_interrupted()
    {
        var interrupted = Database with { Mark = null, AllowsConnections = false, PublicHasPrivileges = true, RoleIsGranted = false };

        Assert.Equal(
            ["ClosePublic", "MarkDatabase", "GrantDatabase", "OpenDatabase"],
            Names(Right with { Database = interrupted, Schema = null, Login = LoginCheck.NotTried }));
        Assert.Equal(
            PostgresReasons.NameConflict,
            Refusal(Right with { Database = interrupted with { Owner = "somebody" }, Schema = null, Login = LoginCheck.NotTried }).Reason);
    }

    [Fact]
    public void Refuses_an_invalid_database_whosever_it_is() => Assert.Equal(
        PostgresReasons.DatabaseInvalid, Refusal(Right with { Database = Database with { ConnectionLimit = -2, Mark = null } }).Reason);

    [Fact]
    public void Refuses_to_make_an_empty_database_for_a_cluster_that_was_ready()
    {
        var plan = ProvisioningPlanner.Plan(Wanted with { MayCreateDatabase = false }, Empty);

        Assert.Equal(PostgresReasons.DatabaseMissing, Assert.IsType<ProvisioningPlan.Refuse>(plan).Reason);
    }

    [Theory]
    [InlineData(150018, "ALTER ROLE \"admin\" CREATEROLE")]
    [InlineData(160014, "GRANT \"kine_db\" TO \"admin\" WITH ADMIN OPTION")]
    public void Asks_for_the_right_to_alter_the_role_in_the_way_of_the_version(int version, string statement)
    {
        var refusal = Refusal(Right with { Admin = Right.Admin with { ServerVersion = version }, Role = Role with { AdminMayAlter = false } });

        Assert.EndsWith(statement, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_superuser_lacks_nothing() => Assert.Equal(
        ["CreateRole", "CreateDatabase"],
        Names(Empty with { Admin = Empty.Admin with { IsSuperuser = true, MayCreateDatabases = false, MayCreateRoles = false } }).Take(2));

    [Fact]
    public void No_message_or_step_shows_the_password() => Assert.DoesNotContain(
        "secret", string.Join(' ', Steps(Empty).Select(step => $"{step} {step.Description}")), StringComparison.Ordinal);

    private static IReadOnlyList<ProvisioningStep> Steps(Observation observed) =>
        Assert.IsType<ProvisioningPlan.Apply>(ProvisioningPlanner.Plan(Wanted, observed)).Steps;

    private static IEnumerable<string> Names(Observation observed) => Steps(observed).Select(step => step.GetType().Name);

    private static ProvisioningPlan.Refuse Refusal(Observation observed) =>
        Assert.IsType<ProvisioningPlan.Refuse>(ProvisioningPlanner.Plan(Wanted, observed));
}
