using System.Text;
using Webhook.Admission;

namespace Webhook.Tests.Injection;

public sealed class InjectedValuesTests : HelmReleaseTests
{
    public static TheoryData<string, string, string> Patches => new()
    {
        { "{}", "/spec/values", $$"""{"dataSource":{{Wanted}}}""" },
        { """{"values":null}""", "/spec/values", $$"""{"dataSource":{{Wanted}}}""" },
        { """{"values":{}}""", "/spec/values/dataSource", Wanted },
        { """{"values":{"a":1}}""", "/spec/values/dataSource", Wanted },
        { """{"values":{"dataSource":null}}""", "/spec/values/dataSource", Wanted },
        { """{"values":{"DataSource":{},"data/Source":{},"data~1Source":{}}}""", "/spec/values/dataSource", Wanted },
        { """{"values":{"nested":{"dataSource":{"kineDataSourceSecretName":"prod-kine"}}}}""", "/spec/values/dataSource", Wanted },
    };

    public static TheoryData<string, string?> OtherValues => new()
    {
        { """{"kineDataSourceSecretName":"foreign"}""", "foreign" },
        { """{"kineDataSourceSecretName":"prod-kine"}""", "prod-kine" },
        { """{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"ca.crt"}}""", "prod-kine" },
        { """{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"my-ca.pem","x":1}}""", "prod-kine" },
        { """{"kineDataSourceSecretName":"prod-kine","caSecret":{"x":{"y":{}},"name":"prod-kine-ca","key":"my-ca.pem"}}""", "prod-kine" },
        { """{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"my-ca.pem"},"extra":[1]}""", "prod-kine" },
        { """{"kineDataSourceSecretName":"postgres://u:hunter2@h/db"}""", null },
        { """{"kineDataSourceSecretName":5}""", null },
        { "{}", null },
        { "[]", null },
        { "\"text\"", null },
    };

    [Theory]
    [MemberData(nameof(Patches))]
    public async Task Adds_the_values_and_the_parents_that_are_missing(string spec, string path, string value)
    {
        var patched = Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release(spec)));

        Assert.Equal($$"""[{"op":"add","path":"{{path}}","value":{{value}}}]""", Encoding.UTF8.GetString(patched.JsonPatch.Span));
        Assert.Empty(patched.Warnings);
    }

    [Fact]
    public async Task Leaves_the_authority_out_when_there_is_none()
    {
        Kubernetes.Put(Published("prod-kine", authority: null));

        var patched = Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release("{}")));

        Assert.Equal(
            """[{"op":"add","path":"/spec/values","value":{"dataSource":{"kineDataSourceSecretName":"prod-kine"}}}]""",
            Encoding.UTF8.GetString(patched.JsonPatch.Span));
    }

    [Theory]
    [MemberData(nameof(OtherValues))]
    public async Task Ours_win_over_other_values_and_the_warning_names_the_old_Secret(string existing, string? named)
    {
        var patched = Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release($$$"""{"values":{"dataSource":{{{existing}}}}}""")));

        Assert.Equal($$"""[{"op":"replace","path":"/spec/values/dataSource","value":{{Wanted}}}]""", Encoding.UTF8.GetString(patched.JsonPatch.Span));
        var warning = Assert.Single(patched.Warnings);
        Assert.True(warning.Length <= 120, warning);
        Assert.Contains(named is null ? "the given one was replaced" : $"Secret {named}, was replaced", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kineDataSourceSecretName":"prod-kine","caSecret":{"name":"prod-kine-ca","key":"my-ca.pem"}}""")]
    [InlineData("""{"caSecret":{"key":"my-ca.pem","name":"prod-kine-ca"},"kineDataSourceSecretName":"prod\u002dkine"}""")]
    public async Task Does_not_patch_equal_values(string existing) =>
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Release($$$"""{"values":{"dataSource":{{{existing}}}}}""")));

    [Theory]
    [InlineData("""{"values":[]}""", "spec.values")]
    [InlineData("""{"values":"text"}""", "spec.values")]
    [InlineData("""{"values":5}""", "spec.values")]
    [InlineData("[]", "spec")]
    public async Task Denies_values_that_are_no_object(string spec, string field)
    {
        var denied = Assert.IsType<AdmissionDecision.Denied>(await DecideAsync(Release(spec)));

        Assert.Equal((field, "FieldValueTypeInvalid"), (denied.Causes[0].Field, denied.Causes[0].Reason));
    }

    [Fact]
    public async Task Every_other_byte_survives_900_levels_huge_numbers_and_odd_keys()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":[", 450)) + "9007199254740993.000000000000000001" + string.Concat(Enumerable.Repeat("]}", 450));
        var values = $$"""{"n":123456789012345678901234567890,"e":1e400,"~0/":{"/":"\u0000\ud83d\ude00"},"dataSource ":1,"big":"{{new string('v', 1_000_000)}}","deep":{{deep}}}""";

        var patched = Assert.IsType<AdmissionDecision.Patched>(await DecideAsync(Release($$"""{"values":{{values}}}""")));

        Assert.Equal($$"""[{"op":"add","path":"/spec/values/dataSource","value":{{Wanted}}}]""", Encoding.UTF8.GetString(patched.JsonPatch.Span));
    }
}
