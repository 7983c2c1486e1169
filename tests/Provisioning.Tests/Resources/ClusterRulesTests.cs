using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.Tests.Resources;

/// <summary>The rules of ClusterDataSource and ClusterDeployment.</summary>
public sealed class ClusterRulesTests
{
    private static readonly ResourceRules Rules = new(EndpointPolicy.Default);

    [Theory]
    [InlineData("kcm-system", "cluster-name", "kcm_system_cluster_name_9fvwr")]
    [InlineData("kcm-system", "cluster-name", "kcm_system_cluster-name_9fvwr")]
    [InlineData("kcm-system", "cluster-name", "kine_kcm_system_cluster_name_9fvwr")]
    [InlineData("kcm-system", "cluster-name", "kcm_system_cluster_name")]
    [InlineData("team", "a.b", "team_a.b_9fvwr")]
    [InlineData("team", "a.b", "team_a_b_9fvwr")]
    [InlineData("pg", "prod", "pg_prod_9fvwr")]
    [InlineData("postgres", "x", "postgres_x_9fvwr")]
    public void Takes_every_schema_that_kcm_writes(string inNamespace, string name, string schema) => Assert.Empty(Find(inNamespace, name, schema));

    [Fact]
    public void Takes_the_longest_schema_that_kcm_can_write()
    {
        var (ns, name) = (new string('n', 63), string.Join('.', Enumerable.Repeat(new string('c', 49), 5)));

        Assert.Empty(Find(ns, name, DatabaseNames.DefaultSchema(ns, name, "9fvwr")));
    }

    [Theory]
    [InlineData("kcm_system_Cluster_name_9fvwr", Rejections.SchemaCharacters)]
    [InlineData("kcm_system_cluster_name_9fvwr\"", Rejections.SchemaCharacters)]
    [InlineData("kcm_system_cluster_name_9fvwr\n", Rejections.SchemaCharacters)]
    [InlineData("kcm_system_cluster_name_ü", Rejections.SchemaCharacters)]
    [InlineData("other_cluster_9fvwr", Prefix)]
    [InlineData("kcm_system_cluster_name2_9fvwr", Prefix)]
    [InlineData("kcm_system", Prefix)]
    [InlineData("x_kcm_system_cluster_name_9fvwr", Prefix)]
    public void Refuses_a_schema_that_is_not_the_clusters_own(string schema, string detail) =>
        Assert.Contains(Find("kcm-system", "cluster-name", schema), text => text.StartsWith("spec.schema: Invalid value: ", StringComparison.Ordinal) && text.EndsWith(detail, StringComparison.Ordinal));

    [Theory]
    [InlineData("postgres")]
    [InlineData("template1")]
    [InlineData("pg_catalog")]
    [InlineData("public")]
    public void Denies_a_reserved_database_name(string schema) =>
        Assert.Equal(
            [$"spec.schema: Invalid value: \"{schema}\": is a name that PostgreSQL reserves", $"spec.schema: Invalid value: \"{schema}\": {Prefix}"],
            Find("kcm-system", "cluster-name", schema));

    [Fact]
    public void Denies_an_endless_schema_without_showing_it() =>
        Assert.Equal(["spec.schema: Too long: may not be more than 512 bytes"], Find("kcm-system", "cluster-name", new string('a', 513)));

    [Fact]
    public void Names_each_missing_field()
    {
        Assert.Equal(["spec: Required value"], Texts(Rules.FindViolations(new ClusterDataSource())));
        Assert.Equal(["spec.dataSource: Required value", "spec.schema: Required value"], Texts(Rules.FindViolations(new ClusterDataSource { Spec = new() })));
    }

    [Fact]
    public void With_generateName_the_schema_begins_with_what_is_known_of_the_name()
    {
        var resource = Create("ns", null, "ns_pg_x7f2k_9fvwr") with { Metadata = new ObjectMeta { Namespace = "ns", GenerateName = "pg-" } };

        Assert.Empty(Rules.FindViolations(resource));
        Assert.Single(Rules.FindViolations(resource with { Spec = resource.Spec! with { Schema = "ns_other_9fvwr" } }));
    }

    [Fact]
    public void The_schema_is_immutable_and_the_DataSource_is_not()
    {
        var before = Create("ns", "a", "ns_a_11111");

        Assert.Empty(ResourceRules.FindForbiddenChanges(before, before with { Spec = before.Spec! with { DataSource = "restored" } }));
        Assert.Equal(
            ["spec.schema: Invalid value: \"ns_a_22222\": field is immutable"],
            Texts(ResourceRules.FindForbiddenChanges(before, Create("ns", "a", "ns_a_22222"))));
    }

    [Theory]
    [InlineData(null, "pg", "spec.dataSource: Forbidden: cannot be added to an existing cluster: its state is in etcd")]
    [InlineData("", "pg", "spec.dataSource: Forbidden: cannot be added to an existing cluster: its state is in etcd")]
    [InlineData("pg", null, "spec.dataSource: Forbidden: cannot be removed from an existing cluster: its state is in that database")]
    [InlineData("pg", "", "spec.dataSource: Forbidden: cannot be removed from an existing cluster: its state is in that database")]
    [InlineData("pg", "restored", null)]
    [InlineData("pg", "pg", null)]
    [InlineData(null, "", null)]
    public void A_cluster_may_follow_to_another_DataSource_but_not_get_or_lose_one(string? before, string? after, string? violation) =>
        Assert.Equal(violation is null ? [] : [violation], Texts(ResourceRules.FindForbiddenChanges(Deployment(before), Deployment(after))));

    [Fact]
    public void A_ClusterDeployment_names_a_DataSource_that_can_exist()
    {
        Assert.Empty(Rules.FindViolations(new ClusterDeployment()));
        Assert.Empty(Rules.FindViolations(Deployment(null)));
        Assert.Empty(Rules.FindViolations(Deployment("example-postgresql")));
        Assert.Equal([$"spec.dataSource: Invalid value: \"A\": {Rejections.Subdomain}"], Texts(Rules.FindViolations(Deployment("A"))));
    }

    private const string Prefix = "must begin with kcm_system_cluster_name, the namespace and the name of the cluster";

    private static List<string> Find(string inNamespace, string name, string schema) => Texts(Rules.FindViolations(Create(inNamespace, name, schema)));

    private static List<string> Texts(IEnumerable<FieldViolation> violations) => [.. violations.Select(violation => violation.ToString())];

    private static ClusterDeployment Deployment(string? dataSource) => new() { Spec = new ClusterDeploymentSpec { DataSource = dataSource } };

    private static ClusterDataSource Create(string inNamespace, string? name, string schema) => new()
    {
        Metadata = new ObjectMeta { Namespace = inNamespace, Name = name },
        Spec = new ClusterDataSourceSpec { DataSource = "example-postgresql", Schema = schema },
    };
}
