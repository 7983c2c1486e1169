using FsCheck;
using FsCheck.Fluent;
using Npgsql;
using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

public sealed class KineDsnTests
{
    private static readonly KineDsn One = new()
    {
        Endpoints = [new PostgresEndpoint("172.19.115.87", 5432)],
        Role = new PostgresIdentifier("kine_kcm_system_cluster-name_9fvwr"),
        Password = new Password("8w86f9c9pbp9nsjz9chbbj8z8khkqd5b"),
        Database = new PostgresIdentifier("kcm_system_cluster-name_9fvwr"),
        HasCertificateAuthority = true,
    };

    private static readonly Gen<PostgresEndpoint> Endpoints =
        from host in Gen.Elements("db.example.com", "pg-0", "10.0.0.7", "::1", "2001:db8::5", "a.b-c.d")
        from port in Gen.Choose(1, 65535)
        select new PostgresEndpoint(host, port);

    private static readonly Gen<string> Names =
        Gen.Elements("abcdefghijklmnopqrstuvwxyz0123456789_-.@:/?#&=%+ ,[]'\"\\|äß".ToCharArray())
            .NonEmptyListOf().Select(characters => new string([.. characters.Take(30)]));

    private static readonly Gen<KineDsn> Dsns =
        from endpoints in Endpoints.NonEmptyListOf()
        from role in Names
        from password in Names
        from database in Names
        from authority in Gen.Elements(true, false)
        select new KineDsn
        {
            Endpoints = [.. endpoints.Take(16)],
            Role = new PostgresIdentifier(role),
            Password = new Password(password),
            Database = new PostgresIdentifier(database),
            HasCertificateAuthority = authority,
        };

    [Fact]
    public void Has_the_documented_form() => Assert.Equal(
        "postgres://kine_kcm_system_cluster-name_9fvwr:8w86f9c9pbp9nsjz9chbbj8z8khkqd5b@172.19.115.87:5432/kcm_system_cluster-name_9fvwr?sslmode=verify-full&sslrootcert=%2Fvar%2Flib%2Fk0s%2Fkine-ca%2Fca.crt",
        One.Reveal());

    [Fact]
    public void Has_no_sslrootcert_without_a_CA() =>
        Assert.EndsWith("_9fvwr?sslmode=verify-full", (One with { HasCertificateAuthority = false }).Reveal(), StringComparison.Ordinal);

    [Fact]
    public void Writes_every_port_and_asks_for_the_primary_among_several_endpoints()
    {
        var dsn = (One with { Endpoints = [new("a", 5432), new("b", 6432)] }).Reveal();

        Assert.Contains("@a:5432,b:6432/", dsn, StringComparison.Ordinal);
        Assert.EndsWith("&target_session_attrs=read-write", dsn, StringComparison.Ordinal);
    }

    [Fact]
    public void Puts_brackets_around_a_single_IPv6_address() =>
        Assert.Contains("@[::1]:5432/", (One with { Endpoints = [new("::1", 5432)] }).Reveal(), StringComparison.Ordinal);

    [Fact]
    public void Puts_a_list_with_an_IPv6_address_into_the_query() => Assert.EndsWith(
        "@/kcm_system_cluster-name_9fvwr?host=%3A%3A1%2C10.0.0.2&port=5432%2C5433&sslmode=verify-full&sslrootcert=%2Fvar%2Flib%2Fk0s%2Fkine-ca%2Fca.crt&target_session_attrs=read-write",
        (One with { Endpoints = [new("::1", 5432), new("10.0.0.2", 5433)] }).Reveal(),
        StringComparison.Ordinal);

    [Fact]
    public void Does_not_print_its_password()
    {
        Assert.DoesNotContain(One.Password.Reveal(), $"{One}", StringComparison.Ordinal);
        Assert.Contains(":***@", $"{One}", StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_built_parses_back() => Prop.ForAll(Dsns.ToArbitrary(), dsn =>
    {
        var parsed = KineDsn.Parse(dsn.Reveal());
        return parsed is not null
            && parsed.Endpoints.SequenceEqual(dsn.Endpoints)
            && (parsed.Role, parsed.Password, parsed.Database, parsed.HasCertificateAuthority)
                == (dsn.Role, dsn.Password, dsn.Database, dsn.HasCertificateAuthority);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_characters_that_break_k0s_configuration_are_never_in_it() => Prop.ForAll(
        Dsns.ToArbitrary(),
        dsn => !dsn.Reveal().Any(character => char.IsWhiteSpace(character) || character is '\\' or '|' or '\'' or '"')).QuickCheckThrowOnFailure();

    [Fact]
    public void Npgsql_reads_the_same_out_of_the_admins_connection_string() => Prop.ForAll(Dsns.ToArbitrary(), dsn =>
    {
        var server = new PostgresServer { Endpoints = dsn.Endpoints, Username = dsn.Role.Value, Password = dsn.Password };
        var options = Microsoft.Extensions.Options.Options.Create(new PostgresOptions());
        var connector = new ServerConnector(new EndpointResolver(new AnyAddress(), options), options, FaultPoints.None);
        var built = connector.ConnectionString(server, dsn.Database.Value, server.Username, server.Password).ConnectionString;
        var read = new NpgsqlConnectionStringBuilder(built);
        return (read.Username, read.Password, read.Database) == (dsn.Role.Value, dsn.Password.Reveal(), dsn.Database.Value)
            && read.Host!.Split(',').Length == dsn.Endpoints.Count
            && read is { SslMode: SslMode.VerifyFull, RequireAuth: "ScramSHA256", Pooling: false };
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("postgres://")]
    [InlineData("postgres://u:p@h:5432/db")]
    [InlineData("postgres://u:p@h:5432/db?sslmode=disable")]
    [InlineData("postgres://u:p@h:5432/db?sslmode=require")]
    [InlineData("postgres://u:p@h/db?sslmode=verify-full")]
    [InlineData("postgres://u:p@h:0x10/db?sslmode=verify-full")]
    [InlineData("postgres://u:p@h:5432/db?sslmode=verify-full&sslmode=verify-full")]
    [InlineData("postgres://u:p@h:5432/db?sslmode=verify-full&sslrootcert=/etc/passwd")]
    [InlineData("mysql://u:p@h:5432/db?sslmode=verify-full")]
    public void Does_not_take_what_it_would_not_have_built(string url) => Assert.Null(KineDsn.Parse(url));
}
