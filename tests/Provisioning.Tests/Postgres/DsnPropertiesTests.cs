using FsCheck;
using FsCheck.Fluent;
using Npgsql;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Tests.Postgres;

/// <summary>
/// What goes in comes out, for every schema and every list of endpoints that the rules let in: by kine's rules, by ours, and by Npgsql's for the
/// connection string of the administrator.
/// </summary>
public sealed class DsnPropertiesTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(1000);

    private static readonly Gen<string> Labels =
        from length in Gen.Choose(1, 20)
        from middle in Gen.Elements([.. "abcxyzABC0189-"]).ArrayOf(length)
        select $"a{new string(middle)}z";

    private static readonly Gen<string> Hosts = Gen.OneOf(
        Labels.NonEmptyListOf().Select(labels => string.Join('.', labels.Take(4))),
        Gen.Choose(0, 255).ArrayOf(4).Select(octets => string.Join('.', octets)),
        Gen.Choose(0, 0xffff).ArrayOf(8).Select(groups => $"[{string.Join(':', groups.Select(group => $"{group:x}"))}]"),
        Gen.Elements("[::]", "[::1]", "[2001:db8::5]", "[::ffff:10.0.0.1]", "[64:ff9b::10.0.0.1]", "[FE80::1]"));

    private static readonly Gen<string> Endpoints =
        from host in Hosts
        from port in Gen.Choose(1, 65535)
        select $"{host}:{port}";

    private static readonly Gen<string> Schemas = Gen.OneOf(
        Gen.Elements([.. "abcxyz0189_-."]).NonEmptyListOf().Select(characters => new string([.. characters])),
        Gen.Choose(50, 200).SelectMany(length => Gen.Elements([.. "abé\"%+ /?#@:ABC"]).ArrayOf(length)).Select(characters => new string(characters)));

    private static readonly Gen<(string Schema, IReadOnlyList<Endpoint> Endpoints, bool HasAuthority)> Clusters =
        from schema in Schemas
        from endpoints in Endpoints.NonEmptyListOf()
        from authority in Gen.Elements(true, false)
        select (schema, (IReadOnlyList<Endpoint>)[.. endpoints.Take(16).Select(Parse)], authority);

    [Fact]
    public void An_endpoint_that_is_printed_is_read_back_as_the_same() => Check.One(Thorough, Prop.ForAll(Endpoints.ToArbitrary(), text =>
        Endpoint.TryParse(text, out var endpoint, out _)
        && Endpoint.TryParse(endpoint.ToString(), out var again, out _)
        && again == endpoint));

    [Fact]
    public void Whatever_is_taken_for_an_endpoint_names_one_host_for_Npgsql_too() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(5000),
        Prop.ForAll(
            Gen.Elements([.. "aZ09.-:[]f%/@,;=?# _\u0130'\"\\\n"]).NonEmptyListOf().Select(characters => $"{new string([.. characters])}:5432").ToArbitrary(),
            text => !Endpoint.TryParse(text, out var endpoint, out _)
                || new NpgsqlConnectionStringBuilder(AdminsConnectionString([endpoint], "db", "u", "p")).Host == NpgsqlHost(endpoint)));

    [Fact]
    public void Kine_reads_out_of_a_DSN_what_was_put_in() => Check.One(Thorough, Prop.ForAll(Clusters.ToArbitrary(), cluster =>
    {
        var dsn = Build(cluster);
        var read = KineUrl.Read(dsn.Reveal());
        return (read.User, read.Password, read.Database) == (dsn.Role.Value, dsn.Password.Reveal(), dsn.Database.Value)
            && read.Endpoints.SequenceEqual(cluster.Endpoints.Select(endpoint => (endpoint.Host, endpoint.Port)))
            && read.Query["sslmode"] == "verify-full"
            && read.Query.GetValueOrDefault("sslrootcert") == (cluster.HasAuthority ? KineDsn.RootCertificatePath : null)
            && read.Query.GetValueOrDefault("target_session_attrs") == (cluster.Endpoints.Count > 1 ? "read-write" : null);
    }));

    [Fact]
    public void The_controller_finds_in_a_Secret_the_password_that_it_wrote_and_for_no_other_schema() => Check.One(Thorough, Prop.ForAll(
        Clusters.ToArbitrary(),
        Schemas.ToArbitrary(),
        (cluster, otherSchema) =>
        {
            var dsn = Build(cluster);
            var secret = new Secret
            {
                Metadata = new ObjectMeta { Name = "berlin-kine" },
                Data = new Dictionary<string, byte[]>(StringComparer.Ordinal) { [SecretNames.DsnKey] = System.Text.Encoding.UTF8.GetBytes(dsn.Reveal()) },
            };
            return Equals(KinePasswords.Find(secret, NamesOf(cluster.Schema)), new KineLogin(dsn.Role, dsn.Password))
                && (otherSchema == cluster.Schema || KinePasswords.Find(secret, NamesOf(otherSchema)) is null);
        }));

    [Fact]
    public void Npgsql_reads_out_of_the_admins_connection_string_what_was_put_in() => Check.One(Thorough, Prop.ForAll(
        Clusters.ToArbitrary(),
        Gen.Elements([.. "aB0;='\" \\%,{}\tß"]).NonEmptyListOf().Select(characters => $"p{new string([.. characters])}w").ToArbitrary(),
        (cluster, credential) =>
        {
            var database = DatabaseNames.FromSchema(cluster.Schema).Database;
            var read = new NpgsqlConnectionStringBuilder(AdminsConnectionString(cluster.Endpoints, database, credential, credential));
            return (read.Username, read.Password, read.Database) == (credential, credential, database)
                && read.Host == string.Join(',', cluster.Endpoints.Select(NpgsqlHost))
                && read is { SslMode: SslMode.VerifyFull, RequireAuth: "ScramSHA256", Pooling: false };
        }));

    private static KineNames NamesOf(string schema) => KineNames.Of(new ClusterDataSource
    {
        Metadata = new ObjectMeta { Name = "berlin", Namespace = "projects" },
        Spec = new ClusterDataSourceSpec { Schema = schema },
    });

    private static KineDsn Build((string Schema, IReadOnlyList<Endpoint> Endpoints, bool HasAuthority) cluster)
    {
        var names = DatabaseNames.FromSchema(cluster.Schema);
        return new KineDsn
        {
            Endpoints = [.. cluster.Endpoints.Select(endpoint => new PostgresEndpoint(endpoint.Host, endpoint.Port))],
            Role = new PostgresIdentifier(names.Role),
            Password = PasswordGenerator.Generate(),
            Database = new PostgresIdentifier(names.Database),
            HasCertificateAuthority = cluster.HasAuthority,
        };
    }

    private static string AdminsConnectionString(IReadOnlyList<Endpoint> endpoints, string database, string username, string password)
    {
        var server = new PostgresServer
        {
            Endpoints = [.. endpoints.Select(endpoint => new PostgresEndpoint(endpoint.Host, endpoint.Port))],
            Username = username,
            Password = new Password(password),
        };
        var options = Microsoft.Extensions.Options.Options.Create(new PostgresOptions());
        var connector = new ServerConnector(new EndpointResolver(new AnyAddress(), options), options, FaultPoints.None);
        return connector.ConnectionString(server, database, username, server.Password).ConnectionString;
    }

    private static string NpgsqlHost(Endpoint endpoint) => endpoint.ToString();

    private static Endpoint Parse(string text) =>
        Endpoint.TryParse(text, out var endpoint, out var problem) ? endpoint : throw new FormatException($"{text}: {problem}");
}
