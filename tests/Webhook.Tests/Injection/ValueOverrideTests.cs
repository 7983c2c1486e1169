using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Tests.Injection;

/// <summary>Flux lets an item of valuesFrom with a targetPath win over spec.values: what is injected would be lost.</summary>
public sealed class ValueOverrideTests : HelmReleaseTests
{
    private const string Overriding = """{"kind":"Secret","name":"mine","valuesKey":"v","targetPath":"dataSource.kineDataSourceSecretName"}""";
    private const string Values = $$$"""{"dataSource":{{{Wanted}}}}""";

    [Theory]
    [InlineData("dataSource")]
    [InlineData("dataSource.kineDataSourceSecretName")]
    [InlineData("dataSource.caSecret.key")]
    [InlineData("dataSource[0]")]
    [InlineData(@"data\\Source.x")]
    [InlineData("dataSource=1,x")]
    public async Task Refuses_what_would_replace_the_injected_values(string targetPath)
    {
        var denied = Assert.IsType<AdmissionDecision.Denied>(await DecideAsync(Release(
            $$$"""{"valuesFrom":[5,{"kind":"Secret","name":"a"},{"targetPath":"{{{targetPath}}}","nested":{"targetPath":"x"},"kind":"Secret","name":"b"}]}""")));

        Assert.Equal(
            [new DenialCause(
                "FieldValueForbidden",
                "Forbidden: would replace spec.values.dataSource, which k0rdent sets: Flux lets a targetPath win over spec.values",
                "spec.valuesFrom[2].targetPath")],
            denied.Causes);
    }

    [Theory]
    [InlineData("dataSources.x")]
    [InlineData("DataSource")]
    [InlineData("global.dataSource.kineDataSourceSecretName")]
    [InlineData(@"dataSource\\.x")]
    [InlineData("")]
    public async Task Lets_other_values_come_from_where_they_may(string targetPath)
    {
        var patched = Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release(
            $$$"""{"valuesFrom":[{"kind":"Secret","name":"a","targetPath":"{{{targetPath}}}"},{"kind":"ConfigMap","name":"b"}]}""")));

        Assert.Empty(patched.Warnings);
    }

    [Fact]
    public async Task Refuses_also_while_the_database_is_awaited_and_names_each_item_but_no_more_than_a_person_reads()
    {
        Kubernetes.Remove<ClusterDataSource>(Key);
        var items = string.Join(',', Enumerable.Repeat(Overriding, 1000));

        var denied = Assert.IsType<AdmissionDecision.Denied>(await DecideAsync(Release($$$"""{"valuesFrom":[{{{items}}}]}""")));

        Assert.Equal(16, denied.Causes.Count);
        Assert.All(denied.Causes, cause => Assert.EndsWith(".targetPath", cause.Field, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_release_that_had_it_before_goes_on_with_a_warning_and_gets_no_second_one()
    {
        var before = Release($$$"""{"values":{{{Values}}},"valuesFrom":[{{{Overriding}}}]}""");
        var moved = Release($$$"""{"interval":"9m","values":{{{Values}}},"valuesFrom":[{"kind":"Secret","name":"first"},{{{Overriding}}}]}""");
        var another = Release($$$"""{"values":{{{Values}}},"valuesFrom":[{{{Overriding}}},{"kind":"Secret","name":"x","targetPath":"dataSource.caSecret"}]}""");

        var allowed = Assert.IsType<AdmissionDecision.Allowed>(await Handler.DecideAsync(Request(moved, before), CancellationToken.None));
        var denied = Assert.IsType<AdmissionDecision.Denied>(await Handler.DecideAsync(Request(another, before), CancellationToken.None));

        Assert.Equal(["spec.valuesFrom[1].targetPath replaces spec.values.dataSource, which k0rdent sets: Flux lets it win"], allowed.Warnings);
        Assert.Equal("spec.valuesFrom[1].targetPath", Assert.Single(denied.Causes).Field);
    }

    [Fact]
    public async Task Leaves_clusters_on_etcd_alone()
    {
        Kubernetes.Put(Cluster() with { Spec = new ClusterDeploymentSpec { DataSource = null } });

        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release($$$"""{"valuesFrom":[{{{Overriding}}}]}""")));
    }
}
