using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Tests.Postgres;
using TestPostgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>
/// A cluster is pointed to a server that was restored by real tools, under another administrator: what the errors say, done to the letter, is all
/// that is needed.
/// </summary>
public sealed class MoveTests
{
    private static readonly bool[] BothWays = [false, true];

    private readonly RealWorld real = new();

    private World World => real.World;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Matrix.Each), MemberType = typeof(Matrix))]
    public async Task To_a_base_backup_that_is_older_than_the_password_and_has_another_administrator(int major)
    {
        await using var first = await StartAsync(major);
        var schema = real.Use(first, "backup");
        await World.ReconcileAsync();
        await real.QueryAsync("berlin-kine", RealWorld.KineStarts);
        await using var restored = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = first }, Token);
        await restored.CatchUpAsync(first, Token);
        await restored.PromoteAsync(Token);

        // After the backup the cluster got another password and wrote another row.
        World.DeleteSecret("berlin-kine");
        await World.ReconcileAsync();
        var (used, password) = (World.Status.KineDataSourceSecret!, PasswordIn("berlin-kine"));
        await real.QueryAsync(used, RealWorld.KineStarts);
        await first.StopAsync();
        real.MoveTo(restored, await CreateAdminAsync(restored));

        await World.ReconcileAsync();
        Assert.StartsWith("AdminPrivilegeMissing: ", World.Status.Error, StringComparison.Ordinal);
        Assert.Equal((false, used), (World.Status.Ready, World.Status.KineDataSourceSecret));
        await ConvergeAsync(restored);

        Assert.NotEqual(used, World.Status.KineDataSourceSecret);
        Assert.Contains($":{restored.Port}/{schema}?", World.Dsn(World.Status.KineDataSourceSecret!), StringComparison.Ordinal);
        Assert.Equal(password, PasswordIn(World.Status.KineDataSourceSecret!));
        Assert.Equal(2L, await real.QueryAsync(World.Status.KineDataSourceSecret!, $"{RealWorld.KineStarts}; SELECT count(*) FROM kine"));

        await first.StartAgainAsync();
        await ReleaseByHandAsync(first, schema, KineNames.Of(World.Stored).Role);
        Assert.Equal(2L, await first.QueryAsync<long>(schema, "SELECT count(*) FROM kine", Token));
    }

    [Theory]
    [MemberData(nameof(Matrix.Ends), MemberType = typeof(Matrix))]
    public async Task In_the_middle_of_a_rotation_which_leaves_two_roles_on_the_former_server_that_its_Event_removes(int major)
    {
        await using var first = await StartAsync(major);
        var schema = real.Use(first, "rotating");
        await World.ReconcileAsync();
        await real.QueryAsync("berlin-kine", RealWorld.KineStarts);
        World.Annotate(AnnotationNames.Rotate, "once");
        await World.ReconcileAsync();
        var (former, current) = (KineNames.Of(World.Stored).Role, KineNames.Of(World.Stored).SecondRole);
        await using var restored = await TestPostgresServer.StartAsync(new TestPostgresOptions { Primary = first }, Token);
        await restored.CatchUpAsync(first, Token);
        await restored.PromoteAsync(Token);

        real.MoveTo(restored, first.Admin);
        await World.ReconcileAsync();

        Assert.True(World.Status is { Ready: true, ObservedGeneration: 2, Error: null }, World.Status.ToString());
        Assert.Equal(current, KineDsn.Parse(World.Dsn(World.Status.KineDataSourceSecret!))!.Role);
        Assert.Equal(2L, await real.QueryAsync(World.Status.KineDataSourceSecret!, $"{RealWorld.KineStarts}; SELECT count(*) FROM kine"));
        await ReleaseByHandAsync(first, schema, former);
        await ReleaseByHandAsync(first, schema, current, likewise: former);
        Assert.Equal(1L, await first.QueryAsync<long>(schema, "SELECT count(*) FROM kine", Token));
    }

    [Theory]
    [MemberData(nameof(Dumps))]
    public async Task To_a_dump_without_its_role(int major, bool keepsMark)
    {
        await using var first = await TestPostgresServer.StartAsync(Token);
        await using var restored = await StartAsync(major, first.CertificateAuthority);
        var schema = real.Use(first, "dump");
        await World.ReconcileAsync();
        await real.QueryAsync("berlin-kine", RealWorld.KineStarts);
        var password = PasswordIn("berlin-kine");
        var dump = Path.Combine(first.ExchangeFolder, "dump.sql");
        await first.RunProgramAsync("pg_dump", schema, ["--create", "--file", dump, .. keepsMark ? [] : (string[])["--no-comments"]], Token);
        await restored.RunProgramAsync("psql", "postgres", ["--quiet", "--no-psqlrc", "--file", dump], Token);
        real.MoveTo(restored, restored.Admin);

        await World.ReconcileAsync();
        Assert.StartsWith(keepsMark ? "AdminPrivilegeMissing: " : "NameConflict: ", World.Status.Error, StringComparison.Ordinal);
        Assert.Equal((false, "berlin-kine"), (World.Status.Ready, World.Status.KineDataSourceSecret));
        await ConvergeAsync(restored);

        Assert.Contains($":{restored.Port}/{schema}?", World.Dsn(World.Status.KineDataSourceSecret!), StringComparison.Ordinal);
        Assert.Equal(password, PasswordIn(World.Status.KineDataSourceSecret!));
        Assert.Equal(2L, await real.QueryAsync(World.Status.KineDataSourceSecret!, $"{RealWorld.KineStarts}; SELECT count(*) FROM kine"));
    }

    [Theory]
    [MemberData(nameof(Matrix.Ends), MemberType = typeof(Matrix))]
    public async Task Given_up_after_the_role_was_made_there_names_that_server_and_only_then(int major)
    {
        await using var first = await StartAsync(major);
        var schema = real.Use(first, "given_up");
        await World.ReconcileAsync();
        await using var second = await TestPostgresServer.StartAsync(
            new TestPostgresOptions
            {
                Binaries = PostgresBinaries.Find(major),
                CertificateAuthority = first.CertificateAuthority,
                HostBasedAuthentication = [$"hostssl all {KineNames.Of(World.Stored).Role} all reject"],
            },
            Token);

        // Refused before anything is changed there: there is nothing to tell of.
        real.MoveTo(second, second.Admin);
        await World.ReconcileAsync();
        Assert.StartsWith("DatabaseMissing: ", World.Status.Error, StringComparison.Ordinal);
        World.PointTo("main");
        await World.ReconcileAsync();
        Assert.True(World.Status is { Ready: true, Error: null }, World.Status.ToString());
        Assert.DoesNotContain(World.Events, said => said.Reason == "FormerServerKeepsRole");

        await second.ExecuteAsync(second.Admin, "postgres", $"CREATE DATABASE {schema}", Token);
        await second.ExecuteAsync(second.Admin, "postgres", $"COMMENT ON DATABASE {schema} IS '{KineNames.Of(World.Stored).Mark.Text}'", Token);
        World.PointTo("restored");
        await World.ReconcileAsync();
        Assert.StartsWith("RoleLoginRefused: ", World.Status.Error, StringComparison.Ordinal);
        World.PointTo("main");
        await World.ReconcileAsync();

        Assert.True(World.Status is { Ready: true, Error: null, KineDataSourceSecret: "berlin-kine" }, World.Status.ToString());
        Assert.Contains($"the former server {TestPostgresServer.Host}:{second.Port};", Assert.Single(World.Events, said => said.Reason == "FormerServerKeepsRole").Note, StringComparison.Ordinal);
        await ReleaseByHandAsync(second, schema, KineNames.Of(World.Stored).Role);
        await World.ReconcileAsync();
        Assert.False(World.Secret("berlin-kine")!.Metadata.Annotations!.ContainsKey(AnnotationNames.FormerServer));
    }

    /// <summary>The dump is of 15, whose psql and pg_dump Debian has: on its own version and on later ones.</summary>
    public static IEnumerable<TheoryDataRow<int, bool>> Dumps =>
        from row in Matrix.Each
        where row.Data >= 15
        from keepsMark in BothWays
        select new TheoryDataRow<int, bool>(row.Data, keepsMark) { Skip = row.Skip };

    private static Task<TestPostgresServer> StartAsync(int major, TestCertificateAuthority? authority = null) => TestPostgresServer.StartAsync(
        new TestPostgresOptions { Binaries = PostgresBinaries.Find(major), CertificateAuthority = authority }, Token);

    private static async Task<TestRole> CreateAdminAsync(TestPostgresServer server)
    {
        var admin = TestRole.WithRandomPassword("restorer");
        await server.ExecuteAsync($"CREATE ROLE {admin.Name} LOGIN CREATEDB CREATEROLE PASSWORD '{admin.Password}'", Token);
        return admin;
    }

    /// <summary>What the Event about the former server says, by the admin role that it says.</summary>
    /// <param name="former">The server.</param>
    /// <param name="database">The cluster's database.</param>
    /// <param name="role">The role to remove, which the Event names.</param>
    /// <param name="likewise">The role that its statements are for. Null: this one.</param>
    private async Task ReleaseByHandAsync(TestPostgresServer former, string database, PostgresIdentifier role, PostgresIdentifier? likewise = null)
    {
        var note = Assert.Single(World.Events, said => said.Reason == "FormerServerKeepsRole").Note;
        Assert.Contains($"{role}", note.Split("in database")[0].Split(' ', ','));
        foreach (var statement in note.Split($"in database {database}: ")[1].Replace((likewise ?? role).Quoted, role.Quoted, StringComparison.Ordinal).Split("; "))
        {
            await former.ExecuteAsync(former.Admin, database, statement, Token);
        }

        Assert.Equal(0, await former.QueryAsync<long>($"SELECT count(*) FROM pg_roles WHERE rolname = '{role}'", Token));
    }

    private string PasswordIn(string secret) => KineDsn.Parse(World.Dsn(secret))!.Password.Reveal();

    /// <summary>The administrator does what the error says until there is none: every round must say something else.</summary>
    private async Task ConvergeAsync(TestPostgresServer server)
    {
        var said = new List<string>();
        while (World.Status.Error is { } error)
        {
            Assert.DoesNotContain(error, said);
            said.Add(error);
            Assert.True(await Statements.RunAsync(error, server, Token) > 0, error);
            await World.ReconcileAsync();
        }

        Assert.True(World.Status is { Ready: true, ObservedGeneration: 2 }, World.Status.ToString());
    }
}
