using System.Text;
using System.Text.Json.Nodes;
using Provisioning.Resources;

namespace Provisioning.Tests.Resources;

public sealed class ConsumerShapeTests
{
    private static readonly ControlPlaneSecrets Secrets = new("prod-kine", new AuthoritySecret("prod-kine-ca", "root.pem"));

    private const string Volume = """{"secretName":"prod-kine-ca","defaultMode":420,"items":[{"key":"root.pem","path":"ca.crt"}]}""";

    private const string Reference =
        """{"kind":"Secret","name":"prod-kine","valuesKey":"K0SMOTRON_KINE_DATASOURCE_URL","targetPath":"controlPlane.backingStore.database.external.dataSource","literal":true}""";

    public static TheoryData<string, string, string> Written => new()
    {
        { "k0rdent", "{}", """{"spec":{"values":{"dataSource":{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"root.pem"}}}}}""" },
        {
            "k0rdent", """{"spec":{"values":{"dataSource":{"kineDataSourceSecretName":"x","other":1},"n":1.0}}}""",
            """{"spec":{"values":{"dataSource":{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"root.pem"}},"n":1.0}}}"""
        },
        { "v1beta1", """{"spec":{"replicas":3}}""", $$$$$$$$"""{"spec":{"replicas":3,"kineDataSourceSecretName":"prod-kine","mounts":[{"path":"/var/lib/k0s/kine-ca","secret":{{{{{{{{Volume}}}}}}}}}]}}""" },
        {
            "v1beta2", """{"spec":{"storage":{"type":"etcd","etcd":{"image":"e"}},"mounts":[{"path":"/a"},{"path":"/var/lib/k0s/kine-ca","emptyDir":{}},{"path":"/b"}]}}""",
            $$$$$$$$"""{"spec":{"storage":{"type":"kine","etcd":{"image":"e"},"kine":{"dataSourceSecretName":"prod-kine"}},"mounts":[{"path":"/a"},{"path":"/var/lib/k0s/kine-ca","secret":{{{{{{{{Volume}}}}}}}}},{"path":"/b"}]}}"""
        },
        {
            "vcluster",
            """{"spec":{"valuesFrom":[{"kind":"ConfigMap","name":"mine"}],"values":{"controlPlane":{"statefulSet":{"persistence":{"addVolumes":[{"name":"x"}]}}}}}}""",
            $$$$$$$$"""
            {"spec":{"valuesFrom":[{"kind":"ConfigMap","name":"mine"},{{{{{{{{Reference}}}}}}}}],"values":{"controlPlane":{"statefulSet":{"persistence":{"addVolumes":[{"name":"x"},{"name":"kine-ca","secret":{{{{{{{{Volume}}}}}}}}}],
            "addVolumeMounts":[{"name":"kine-ca","mountPath":"/var/lib/k0s/kine-ca","readOnly":true}]}},
            "backingStore":{"database":{"external":{"enabled":true,"caFile":"/var/lib/k0s/kine-ca/ca.crt"}}}}}}}
            """
        },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public void Names_the_Secrets_and_leaves_everything_else_as_it_is(string shape, string before, string after)
    {
        var draft = Draft(before);

        Shape(shape).Write(draft, Secrets);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(after), draft.Root), draft.Root.ToJsonString());
        Assert.Equal(Secrets, Shape(shape).Read(draft.Root));
        Assert.Empty(Shape(shape).FindViolations(draft.Root));
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void Writing_twice_changes_nothing(string shape, string before, string after)
    {
        _ = before;
        var draft = Draft(after);

        Shape(shape).Write(draft, Secrets);

        Assert.False(draft.IsChanged, Encoding.UTF8.GetString(draft.ToPatch()));
    }

    [Theory]
    [InlineData("v1beta1")]
    [InlineData("v1beta2")]
    [InlineData("vcluster")]
    [InlineData("k0rdent")]
    public void Takes_the_CA_away_when_there_is_none_any_more(string shape)
    {
        var draft = Draft("{}");
        Shape(shape).Write(draft, Secrets);

        Shape(shape).Write(draft, new ControlPlaneSecrets("prod-kine-2", Authority: null));

        Assert.Equal(new ControlPlaneSecrets("prod-kine-2", null), Shape(shape).Read(draft.Root));
        Assert.DoesNotContain("kine-ca", draft.Root.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1beta1", """{"spec":{"kineDataSourceURL":"postgres://u:hunter2@h/d"}}""", "spec.kineDataSourceURL")]
    [InlineData("v1beta2", """{"spec":{"storage":{"kine":{"dataSourceURL":"postgres://u:hunter2@h/d"}}}}""", "spec.storage.kine.dataSourceURL")]
    [InlineData("v1beta2", """{"spec":{"storage":{"type":"nats"}}}""", "spec.storage.type")]
    [InlineData("v1beta2", """{"spec":{"storage":[]}}""", "spec.storage")]
    [InlineData("v1beta1", """{"spec":{"mounts":{}}}""", "spec.mounts")]
    [InlineData("vcluster", """{"spec":{"values":{"controlPlane":{"backingStore":{"database":{"external":{"dataSource":"postgres://u:hunter2@h/d"}}}}}}}""", "spec.values.controlPlane.backingStore.database.external.dataSource")]
    [InlineData("vcluster", """{"spec":{"valuesFrom":[{"targetPath":"controlPlane.backingStore"}]}}""", "spec.valuesFrom[0].targetPath")]
    [InlineData("vcluster", """{"spec":{"valuesFrom":[{"targetPath":"controlPlane.backingStore.database.external.enabled"}]}}""", "spec.valuesFrom[0].targetPath")]
    [InlineData("k0rdent", """{"spec":{"valuesFrom":[{"name":"ok"},{"targetPath":"dataSource[0]"}]}}""", "spec.valuesFrom[1].targetPath")]
    [InlineData("k0rdent", """{"spec":{"values":"text"}}""", "spec.values")]
    public void Refuses_what_is_in_the_way_and_shows_no_credential(string shape, string content, string field)
    {
        var violation = Assert.Single(Shape(shape).FindViolations((JsonObject)JsonNode.Parse(content)!));

        Assert.Equal(field, violation.Field);
        Assert.DoesNotContain("hunter2", violation.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"spec":{"valuesFrom":[{"targetPath":"controlPlane.backingStoreX"},{"targetPath":"controlPlane.ingress.host"},{"kind":"Secret","name":"x"}]}}""")]
    [InlineData("""{"spec":null}""")]
    public void Leaves_what_is_not_in_the_way(string content) =>
        Assert.Empty(Shape("vcluster").FindViolations((JsonObject)JsonNode.Parse(content)!));

    [Fact]
    public void Patches_with_the_fewest_parents()
    {
        var draft = Draft("""{"metadata":{"annotations":{"a":"b"}},"spec":{"values":null}}""");

        draft.Set("v", "metadata", "annotations", "k0rdent.mirantis.com/x~y");
        draft.Set("w", "spec", "values", "c", "d");
        draft.Set("b", "metadata", "annotations", "a");
        draft.Remove("metadata", "annotations", "a");
        draft.Remove("metadata", "annotations", "gone");

        Assert.Equal(
            """[{"op":"add","path":"/metadata/annotations/k0rdent.mirantis.com~1x~0y","value":"v"},{"op":"add","path":"/spec/values","value":{"c":{"d":"w"}}},{"op":"remove","path":"/metadata/annotations/a"}]""",
            Encoding.UTF8.GetString(draft.ToPatch()));
    }

    [Theory]
    [InlineData("team_a_prod_x2y4z", true)]
    [InlineData("team_a_prod2_x2y4z", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_schema_is_an_objects_own_only_with_its_name(string? schema, bool expected) =>
        Assert.Equal(expected, ConsumerAnnotations.IsSchemaOf(schema, "team-a", "prod"));

    private static JsonDraft Draft(string content) => new((JsonObject)JsonNode.Parse(content)!);

    private static ConsumerShape Shape(string name) => name.StartsWith('v') && name != "vcluster" ? ConsumerShape.OfCluster(name) : ConsumerShape.OfRelease(name)!;
}
