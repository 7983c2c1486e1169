using System.Text.Json;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes;

public sealed class TextMapConverterTests
{
    [Fact]
    public void Kubectls_copy_of_the_object_is_not_kept()
    {
        var metadata = Read("""{"annotations":{"a":"1","kubectl.kubernetes.io/last-applied-configuration":"{\"kind\":\"Secret\"}","b":"2"}}""");

        Assert.Equal(new Dictionary<string, string>(StringComparer.Ordinal) { ["a"] = "1", ["b"] = "2" }, metadata.Annotations);
    }

    [Fact]
    public void Keys_and_values_may_be_escaped_and_the_last_of_two_counts() =>
        Assert.Equal("3", Assert.Single(Read("""{"labels":{"k":"1","\u006b":"\u0033"}}""").Labels!).Value);

    [Fact]
    public void A_null_is_the_empty_text() => Assert.Equal("", Assert.Single(Read("""{"annotations":{"a":null}}""").Annotations!).Value);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"labels":null,"annotations":null}""")]
    public void None_is_null(string json) => Assert.Equal((null, null), (Read(json).Labels, Read(json).Annotations));

    [Theory]
    [InlineData("""{"labels":[]}""", "$.labels")]
    [InlineData("""{"labels":{"a":1}}""", "$.labels")]
    [InlineData("""{"annotations":{"a":{"b":"c"}}}""", "$.annotations")]
    [InlineData("""{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":1}}""", "$.annotations")]
    public void What_is_no_text_is_refused_where_it_stands(string json, string path) =>
        Assert.Equal(path, Assert.Throws<JsonException>(() => Read(json)).Path);

    [Fact]
    public void What_is_written_can_be_read()
    {
        var metadata = new ObjectMeta { Name = "x", Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { ["a/b"] = "ä\"" } };

        Assert.Equal(metadata.Annotations, Read(JsonSerializer.Serialize(metadata, KubernetesJson.Options)).Annotations);
    }

    private static ObjectMeta Read(string json) => JsonSerializer.Deserialize<ObjectMeta>(json, KubernetesJson.Options)!;
}
