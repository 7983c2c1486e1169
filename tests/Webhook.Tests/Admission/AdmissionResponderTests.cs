using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Webhook.Admission;

namespace Webhook.Tests.Admission;

public sealed class AdmissionResponderTests
{
    private static readonly AdmissionRequest Request = new()
    {
        Uid = "u-1",
        Kind = new GroupVersionKind("k0rdent.mirantis.com", "v1beta1", "DataSource"),
        Resource = new GroupVersionResource("k0rdent.mirantis.com", "v1beta1", "datasources"),
        Name = "pg",
        Namespace = "team-a",
        Operation = AdmissionOperation.Create,
        UserInfo = new UserInfo(),
    };

    [Fact]
    public void Allows_without_a_status()
    {
        Assert.Equal(
            """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u-1","allowed":true,"auditAnnotations":{"decision":"allowed"}}}""",
            Write(new AdmissionDecision.Allowed()));
    }

    [Fact]
    public void Sends_a_patch_in_base64()
    {
        var response = Parse(new AdmissionDecision.Patched("""[{"op":"remove","path":"/a"}]"""u8.ToArray()));

        Assert.True((bool)response["allowed"]!);
        Assert.Equal("JSONPatch", (string)response["patchType"]!);
        Assert.Equal("""[{"op":"remove","path":"/a"}]""", Encoding.UTF8.GetString(Convert.FromBase64String((string)response["patch"]!)));
    }

    [Fact]
    public void Denies_as_apimachinery_would_with_every_cause()
    {
        var status = Parse(new AdmissionDecision.Denied(
        [
            new("FieldValueNotSupported", "Unsupported value: \"mysql\": supported values: \"postgresql\"", "spec.type"),
            new("FieldValueForbidden", "Forbidden: user \"x\" cannot get Secret a/b", "spec.auth.password"),
        ]))["status"]!;

        Assert.Equal(422, (int)status["code"]!);
        Assert.Equal("Invalid", (string)status["reason"]!);
        Assert.Equal("Failure", (string)status["status"]!);
        Assert.Equal(
            "DataSource.k0rdent.mirantis.com \"pg\" is invalid: [spec.type: Unsupported value: \"mysql\": supported values: \"postgresql\", "
            + "spec.auth.password: Forbidden: user \"x\" cannot get Secret a/b]",
            (string)status["message"]!);
        Assert.Equal("""{"name":"pg","group":"k0rdent.mirantis.com","kind":"DataSource"}""", new JsonObject(
            status["details"]!.AsObject().Where(field => field.Key != "causes").Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))).ToJsonString());
        Assert.Equal(["spec.type", "spec.auth.password"], status["details"]!["causes"]!.AsArray().Select(cause => (string)cause!["field"]!));
        Assert.Equal("FieldValueNotSupported", (string)status["details"]!["causes"]![0]!["reason"]!);
    }

    [Fact]
    public void Says_the_same_mistake_once_and_a_single_one_without_brackets()
    {
        var cause = new DenialCause("FieldValueRequired", "Required value", "spec.type");

        Assert.Equal(
            "DataSource.k0rdent.mirantis.com \"pg\" is invalid: spec.type: Required value",
            (string)Parse(new AdmissionDecision.Denied([cause, cause]))["status"]!["message"]!);
    }

    [Fact]
    public void A_denial_without_causes_is_Forbidden_with_its_own_message()
    {
        var status = Parse(new AdmissionDecision.Denied([]) { Message = "no" })["status"]!;

        Assert.Equal((403, "Forbidden", "no"), ((int)status["code"]!, (string)status["reason"]!, (string)status["message"]!));
    }

    [Fact]
    public void Cleans_warnings_and_cuts_them_at_120_characters()
    {
        var warnings = Parse(new AdmissionDecision.Allowed { Warnings = ["a\r\nb\u0001c", new string('x', 121), string.Concat(Enumerable.Repeat("😀", 121)), new string('y', 120)] })["warnings"]!;

        Assert.Equal("a  b c", (string)warnings[0]!);
        Assert.Equal(new string('x', 119) + "…", (string)warnings[1]!);
        Assert.Equal(string.Concat(Enumerable.Repeat("😀", 119)) + "…", (string)warnings[2]!);
        Assert.Equal(new string('y', 120), (string)warnings[3]!);
    }

    [Fact]
    public void Adds_audit_annotations_to_the_decisions_own()
    {
        var response = Parse(new AdmissionDecision.Allowed { AuditAnnotations = new Dictionary<string, string>(StringComparer.Ordinal) { ["secret"] = "a/b" } });

        Assert.Equal("""{"decision":"allowed","secret":"a/b"}""", response["auditAnnotations"]!.ToJsonString());
    }

    [Theory]
    [InlineData("5s", 5000)]
    [InlineData("1m30s", 90000)]
    [InlineData("1.5s", 1500)]
    [InlineData("250ms", 250)]
    [InlineData("1h", 3600000)]
    [InlineData("1h2m3.5s", 3723500)]
    [InlineData("100us", 0.1)]
    [InlineData("100µs", 0.1)]
    public void Reads_Go_durations(string text, double milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("0s")]
    [InlineData("1..5s")]
    [InlineData("5sec")]
    [InlineData("99999999h")]
    [InlineData(".s")]
    public void Refuses_what_is_no_positive_Go_duration(string text) => Assert.False(GoDuration.TryParse(text, out _));

    private static string Write(AdmissionDecision decision)
    {
        var output = new ArrayBufferWriter<byte>();
        AdmissionResponder.Write(output, Request, decision);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static JsonNode Parse(AdmissionDecision decision) => JsonNode.Parse(Write(decision))!["response"]!;
}
