using Provisioning.Postgres;
using static Provisioning.Postgres.ProvisioningStep;

namespace Provisioning.Tests.Postgres;

/// <summary>The exact text of every statement; the other tests of this folder run each of them on real servers.</summary>
public sealed class ProvisioningSqlTests
{
    private static readonly PostgresIdentifier Role = new("ki\"ne");
    private static readonly PostgresIdentifier Second = new("ki'ne2");
    private static readonly PostgresIdentifier Database = new("d\"b");
    private static readonly OwnerMark Mark = new("it's \\ours");

    [Fact]
    public void CreateRole_marks_the_role_in_the_same_transaction() => AssertScript(
        new CreateRole(Role, 7, Mark),
        new SqlScript(InDatabase: false, InTransaction: true,
        [
            """CREATE ROLE "ki""ne" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 7""",
            """COMMENT ON ROLE "ki""ne" IS 'it''s \ours'""",
        ]));

    [Fact]
    public void CreateRole_without_login_for_a_role_that_only_owns() => Assert.StartsWith(
        """CREATE ROLE "ki""ne" NOLOGIN NOSUPERUSER""",
        ProvisioningSql.Script(new CreateRole(Role, 7, Mark) { LogsIn = false }, 150018).Statements[0],
        StringComparison.Ordinal);

    [Fact]
    public void JoinSecond_grants_the_role_and_lets_sessions_begin_as_it()
    {
        AssertScript(
            new JoinSecond(Second, Role),
            new SqlScript(InDatabase: false, InTransaction: true,
            [
                """ALTER ROLE "ki'ne2" INHERIT""",
                """GRANT "ki""ne" TO "ki'ne2" """.TrimEnd(),
                """ALTER ROLE "ki'ne2" SET role TO 'ki"ne'""",
            ]));
        AssertScript(
            new JoinSecond(Second, Role),
            new SqlScript(InDatabase: false, InTransaction: true,
                ["""GRANT "ki""ne" TO "ki'ne2" WITH INHERIT TRUE, SET TRUE""", """ALTER ROLE "ki'ne2" SET role TO 'ki"ne'"""]),
            160014);
    }

    [Fact]
    public void RetireRole() => AssertScript(new RetireRole(Role), Alone("""ALTER ROLE "ki""ne" NOLOGIN PASSWORD NULL"""));

    [Fact]
    public void OwnRelations_joins_the_second_role_too_where_it_made_them() => AssertScript(
        new OwnRelations(Role, [new PostgresIdentifier("kine")], AdminIsMember: true) { From = Second },
        new SqlScript(InDatabase: true, InTransaction: true,
        [
            """GRANT "ki'ne2" TO CURRENT_USER""",
            """ALTER TABLE public."kine" OWNER TO "ki""ne" """.TrimEnd(),
            """REVOKE "ki'ne2" FROM CURRENT_USER""",
        ]));

    [Fact]
    public void CreateDatabase_is_closed_and_from_template0() => AssertScript(
        new CreateDatabase(Database),
        Alone("""CREATE DATABASE "d""b" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C' ALLOW_CONNECTIONS false"""));

    [Fact]
    public void CreateDatabase_knows_no_locale_provider_on_14() => AssertScript(
        new CreateDatabase(Database),
        Alone("""CREATE DATABASE "d""b" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' ALLOW_CONNECTIONS false"""),
        140023);

    [Fact]
    public void MarkRole() => AssertScript(new MarkRole(Role, Mark), Alone("""COMMENT ON ROLE "ki""ne" IS 'it''s \ours'"""));

    [Fact]
    public void MarkDatabase() => AssertScript(new MarkDatabase(Database, Mark), Alone("""COMMENT ON DATABASE "d""b" IS 'it''s \ours'"""));

    [Fact]
    public void ClosePublic() => AssertScript(new ClosePublic(Database), Alone("""REVOKE ALL ON DATABASE "d""b" FROM PUBLIC"""));

    [Fact]
    public void GrantDatabase() => AssertScript(
        new GrantDatabase(Database, Role), Alone("""GRANT CONNECT, TEMPORARY ON DATABASE "d""b" TO "ki""ne" """.TrimEnd()));

    [Fact]
    public void OpenDatabase() => AssertScript(new OpenDatabase(Database), Alone("""ALTER DATABASE "d""b" ALLOW_CONNECTIONS true"""));

    [Fact]
    public void GrantSchema_grants_before_it_revokes() => AssertScript(
        new GrantSchema(Role),
        new SqlScript(InDatabase: true, InTransaction: true,
        [
            """GRANT USAGE, CREATE ON SCHEMA public TO "ki""ne" """.TrimEnd(),
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        ]));

    [Theory]
    [InlineData(150018, "GRANT \"ki\"\"ne\" TO CURRENT_USER")]
    [InlineData(160014, "GRANT \"ki\"\"ne\" TO CURRENT_USER WITH INHERIT TRUE, SET TRUE")]
    public void OwnRelations_joins_the_role_for_as_long_as_it_takes(int version, string join) => AssertScript(
        new OwnRelations(Role, [new PostgresIdentifier("kine"), new PostgresIdentifier("o\"dd")], AdminIsMember: false),
        new SqlScript(InDatabase: true, InTransaction: true,
        [
            join,
            """ALTER TABLE public."kine" OWNER TO "ki""ne" """.TrimEnd(),
            """ALTER TABLE public."o""dd" OWNER TO "ki""ne" """.TrimEnd(),
            """REVOKE "ki""ne" FROM CURRENT_USER""",
        ]),
        version);

    [Fact]
    public void OwnRelations_leaves_a_membership_that_was_there_before() => AssertScript(
        new OwnRelations(Role, [new PostgresIdentifier("kine")], AdminIsMember: true),
        new SqlScript(InDatabase: true, InTransaction: true, ["""ALTER TABLE public."kine" OWNER TO "ki""ne" """.TrimEnd()]));

    [Fact]
    public void TakeDatabase() => AssertScript(
        new TakeDatabase(Database, Role, AdminIsMember: true),
        new SqlScript(InDatabase: false, InTransaction: true, ["""ALTER DATABASE "d""b" OWNER TO CURRENT_USER"""]));

    [Fact]
    public void AlterRole_names_all_that_can_differ() => Assert.Equal(
        """ALTER ROLE "ki""ne" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS VALID UNTIL 'infinity' CONNECTION LIMIT 7""",
        ProvisioningSql.AlterRole(Role, new RoleChanges
        {
            Login = true,
            NoSuperuser = true,
            NoCreateDatabase = true,
            NoCreateRole = true,
            NoReplication = true,
            NoBypassRowSecurity = true,
            NeverExpires = true,
            ConnectionLimit = 7,
        }));

    [Fact]
    public void AlterRole_names_nothing_else_since_some_of_it_needs_a_superuser() => Assert.Equal(
        """ALTER ROLE "ki""ne" LOGIN""", ProvisioningSql.AlterRole(Role, new RoleChanges { Login = true }));

    [Fact]
    public void Release() => Assert.Equal(
        [
            """ALTER ROLE "ki""ne" NOLOGIN CONNECTION LIMIT 0""",
            """REASSIGN OWNED BY "ki""ne" TO CURRENT_USER""",
            """DROP OWNED BY "ki""ne" """.TrimEnd(),
            """REVOKE ALL ON DATABASE "d""b" FROM "ki""ne" """.TrimEnd(),
            """DROP ROLE "ki""ne" """.TrimEnd(),
        ],
        [ReleaseSql.CutAccess(Role), .. ReleaseSql.Disown(Role), .. ReleaseSql.Drop(Role, Database)]);

    [Fact]
    public void A_literal_refuses_what_PostgreSQL_cannot_store() => Assert.Throws<ArgumentException>(() => SqlText.Literal("a\0b"));

    private static SqlScript Alone(string statement) => new(InDatabase: false, InTransaction: false, [statement]);

    private static void AssertScript(ProvisioningStep step, SqlScript expected, int version = 150018)
    {
        var script = ProvisioningSql.Script(step, version);

        Assert.Equal((expected.InDatabase, expected.InTransaction), (script.InDatabase, script.InTransaction));
        Assert.Equal(expected.Statements, script.Statements);
    }
}
