using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.Tests.Resources;

public sealed class DataSourceRulesTests
{
    private static readonly ResourceRules Rules = new(EndpointPolicy.Default);

    private static readonly DataSourceSpec Valid = new()
    {
        Type = "postgresql",
        Endpoints = ["172.19.115.87:5432"],
        Auth = new DataSourceAuth { Username = Reference("username"), Password = Reference("password") },
        CertificateAuthority = new SecretKeyReference { Namespace = "kcm-system", Name = "db-ca-secret", Key = "ca.crt" },
    };

    [Fact]
    public void Finds_nothing_wrong_with_the_documented_example() => Assert.Empty(Find(Valid));

    [Fact]
    public void Finds_nothing_wrong_without_a_CA_or_namespaces() =>
        Assert.Empty(Find(Valid with
        {
            CertificateAuthority = null,
            Auth = new DataSourceAuth { Username = Reference("username") with { Namespace = null }, Password = Reference("password") with { Namespace = "" } },
        }));

    [Fact]
    public void Finds_every_mistake_in_the_order_of_the_fields() =>
        Assert.Equal(
            [
                "spec.type: Unsupported value: \"mysql\": supported values: \"postgresql\"",
                "spec.endpoints[0]: Invalid value: \"db:99999\": port must be between 1 and 65535, inclusive",
                "spec.endpoints[1]: Invalid value: \"<hidden>\": must be host:port, without scheme, credentials or path",
                "spec.endpoints[3]: Duplicate value: \"DB.example:5432\"",
                "spec.endpoints[4]: Required value",
                "spec.endpoints[5]: Invalid value: \"127.0.0.1:1\": may not be in the loopback range (127.0.0.0/8, ::1/128) or a localhost name",
                "spec.auth.username.key: Required value",
                "spec.auth.password.namespace: Invalid value: \"Kcm\": " + Rejections.Label,
                "spec.auth.password.name: Invalid value: \"a_b\": " + Rejections.Subdomain,
                "spec.auth.password.key: Invalid value: \"a b\": " + Rejections.DataKey,
                "spec.certificateAuthority.name: Required value",
            ],
            Find(new DataSourceSpec
            {
                Type = "mysql",
                Endpoints = ["db:99999", "postgres://u:pw@db:5432", "db.example:5432", "DB.example:5432", null, "127.0.0.1:1"],
                Auth = new DataSourceAuth
                {
                    Username = new SecretKeyReference { Name = "a" },
                    Password = new SecretKeyReference { Namespace = "Kcm", Name = "a_b", Key = "a b" },
                },
                CertificateAuthority = new SecretKeyReference { Key = "ca.crt" },
            }));

    [Fact]
    public void Names_each_missing_field_of_an_object_that_bypassed_the_schema()
    {
        Assert.Equal(["spec: Required value"], Find(null));
        Assert.Equal(["spec.type: Required value", "spec.endpoints: Required value", "spec.auth: Required value"], Find(new DataSourceSpec()));
        Assert.Equal(
            ["spec.auth.username: Required value", "spec.auth.password: Required value"], Find(Valid with { Auth = new DataSourceAuth() }));
        Assert.Equal(["spec.endpoints: Required value"], Find(Valid with { Endpoints = [] }));
    }

    [Theory]
    [InlineData("Postgresql")]
    [InlineData("postgres")]
    [InlineData("postgresql ")]
    public void Takes_only_the_exact_type(string type) => Assert.Single(Find(Valid with { Type = type }));

    [Theory]
    [InlineData(16, 0)]
    [InlineData(17, 1)]
    public void Takes_up_to_16_endpoints(int count, int mistakes)
    {
        var found = Find(Valid with { Endpoints = [.. Enumerable.Range(1, count).Select(index => $"db{index}.example:5432")] });

        Assert.Equal(mistakes, found.Count);
        Assert.All(found, text => Assert.Equal($"spec.endpoints: Too many: {count}: must have at most 16 items", text));
    }

    [Fact]
    public void The_message_about_a_million_wrong_endpoints_stays_short() =>
        Assert.Equal(17, Find(Valid with { Endpoints = [.. Enumerable.Repeat("x", 1_000_000)] }).Count);

    [Theory]
    [InlineData("[::1]:5432", "[0:0:0:0:0:0:0:1]:5432")]
    [InlineData("10.0.0.1:5432", "[::ffff:10.0.0.1]:5432")]
    public void Finds_a_duplicate_however_it_is_spelled(string one, string other)
    {
        var rules = new ResourceRules(new EndpointPolicy(new EndpointOptions { AllowLoopback = true }, null));

        var violation = Assert.Single(rules.FindViolations(new DataSource { Spec = Valid with { Endpoints = [one, other] } }));

        Assert.Equal($"spec.endpoints[1]: Duplicate value: \"{other}\"", violation.ToString());
    }

    [Theory]
    [InlineData(".", true)]
    [InlineData("..", true)]
    [InlineData("..data", true)]
    [InlineData("a/b", true)]
    [InlineData("a\n", true)]
    [InlineData(".a", false)]
    [InlineData("CA_1.crt-x", false)]
    public void A_key_has_the_form_of_a_Secrets_keys(string key, bool isWrong) =>
        Assert.Equal(isWrong, Find(Valid with { CertificateAuthority = Reference(key) }).Count > 0);

    [Fact]
    public void Names_and_keys_have_the_lengths_of_the_API()
    {
        var tooLong = new SecretKeyReference { Namespace = new string('n', 64), Name = new string('s', 254), Key = new string('k', 254) };

        Assert.Equal(
            [
                $"spec.certificateAuthority.namespace: Invalid value: \"{new string('n', 64)}\": must be no more than 63 characters",
                $"spec.certificateAuthority.name: Invalid value: \"{new string('s', 128)}...\": must be no more than 253 characters",
                $"spec.certificateAuthority.key: Invalid value: \"{new string('k', 128)}...\": must be no more than 253 characters",
            ],
            Find(Valid with { CertificateAuthority = tooLong }));
    }

    [Fact]
    public void A_spec_equals_its_copy_and_differs_by_every_field()
    {
        DataSourceSpec[] others =
        [
            Valid with { Type = "x" },
            Valid with { Endpoints = ["172.19.115.87:5433"] },
            Valid with { Endpoints = null },
            Valid with { Endpoints = [.. Valid.Endpoints!, "b:1"] },
            Valid with { Auth = null },
            Valid with { Auth = Valid.Auth! with { Password = Reference("other") } },
            Valid with { CertificateAuthority = null },
        ];

        Assert.Equal(Valid, Valid with { Endpoints = [.. Valid.Endpoints!] });
        Assert.Equal(Valid.GetHashCode(), (Valid with { Endpoints = [.. Valid.Endpoints!] }).GetHashCode());
        Assert.All(others, other => Assert.NotEqual(Valid, other));
        Assert.All(others, other => Assert.Equal(
            "spec: Forbidden: the spec cannot be changed; create another DataSource instead",
            Assert.Single(ResourceRules.FindForbiddenChanges(new DataSource { Spec = Valid }, new DataSource { Spec = other })).ToString()));
    }

    private static SecretKeyReference Reference(string key) => new() { Namespace = "kcm-system", Name = "auth-secret", Key = key };

    private static List<string> Find(DataSourceSpec? spec) =>
        [.. Rules.FindViolations(new DataSource { Metadata = new ObjectMeta { Namespace = "kcm-system", Name = "x" }, Spec = spec }).Select(violation => violation.ToString())];
}
