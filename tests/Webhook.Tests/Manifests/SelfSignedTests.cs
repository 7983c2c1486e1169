using System.Reflection;
using Webhook.SelfSigned;

namespace Webhook.Tests.Manifests;

/// <summary>The installation for clusters without cert-manager.</summary>
public sealed class SelfSignedTests
{
    private static readonly SelfSignedOptions Defaults = new();

    [Fact]
    public void Its_rights_are_for_the_names_that_the_process_uses_by_default()
    {
        var documents = Manifest.Read("self-signed/rbac.yaml");
        var secrets = documents.Single(document => document.Text("kind") == "Role").Sequence("rules").ToList();
        var configurations = documents.Single(document => document.Text("kind") == "ClusterRole").Sequence("rules").Single();

        Assert.Equal([Defaults.SecretName], secrets[0].Texts("resourceNames"));
        Assert.Equal(["get", "patch"], secrets[0].Texts("verbs"));
        Assert.Equal(["create"], secrets[1].Texts("verbs"));
        Assert.Equal(2, secrets.Count);
        Assert.Equal([Defaults.ValidatingWebhookConfiguration], configurations.Texts("resourceNames"));
        Assert.Equal(Defaults.ValidatingWebhookConfiguration, Defaults.MutatingWebhookConfiguration);
        Assert.Equal(["get", "patch"], configurations.Texts("verbs"));
        Assert.Equal(Defaults.ValidatingWebhookConfiguration, Manifest.Read("webhook/validating.yaml").Single().Text("metadata.name"));
        Assert.Equal(Defaults.MutatingWebhookConfiguration, Manifest.Read("webhook/mutating.yaml").Single().Text("metadata.name"));
        Assert.Equal(Defaults.ServiceName, Manifest.Read("webhook/service.yaml").Single().Text("metadata.name"));
    }

    [Fact]
    public void The_right_to_create_is_limited_to_that_Secret()
    {
        var policy = Manifest.Read("self-signed/policy.yaml").Single(document => document.Text("kind") == "ValidatingAdmissionPolicy");
        var expression = policy.Sequence("spec.validations").Single().Text("expression");
        var account = Manifest.Read("webhook/serviceaccount.yaml").Single();

        Assert.Equal("Fail", policy.Text("spec.failurePolicy"));
        Assert.Contains($"object.metadata.name == \"{Defaults.SecretName}\"", expression, StringComparison.Ordinal);
        Assert.Equal(
            $"request.userInfo.username == \"system:serviceaccount:{account.Text("metadata.namespace")}:{account.Text("metadata.name")}\"",
            policy.Sequence("spec.matchConditions").Single().Text("expression"));
    }

    [Fact]
    public async Task Nothing_of_cert_manager_is_left_and_every_setting_is_one_that_the_process_reads()
    {
        await InstalledKubectl.RequireAsync(21, "kustomize components");
        var (_, output, _) = await Tool.RunAsync("kubectl", "kustomize", "manifests/self-signed");

        var documents = Manifest.Parse(output);
        var pod = documents.Single(document => document.Text("kind") == "Deployment" && document.Text("metadata.name") == "k0rdent-datasource-webhook")
            .Find("spec.template.spec")!;
        var keys = pod.Sequence("containers").Single().Sequence("env").Select(variable => variable.Text("name")).ToList();

        Assert.DoesNotContain("cert-manager", output, StringComparison.Ordinal);
        Assert.Empty(pod.Sequence("volumes"));
        Assert.DoesNotContain("Https__CertificateDirectory", keys);
        Assert.Equal(
            ["Enabled", "Namespace"],
            keys.Where(key => key.StartsWith("Https__SelfSigned__", StringComparison.Ordinal)).Select(key => key["Https__SelfSigned__".Length..])
                .Where(key => typeof(SelfSignedOptions).GetProperty(key) is not null).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_setting_and_its_default_are_in_the_documentation()
    {
        var page = File.ReadAllText(Path.Combine(Manifest.Root, "docs/certificates.md"));

        Assert.All(typeof(SelfSignedOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance), property =>
        {
            var row = page.Split('\n').Single(line => line.StartsWith($"| `{SelfSignedOptions.SectionName}:{property.Name}`", StringComparison.Ordinal));
            var value = property.GetValue(Defaults);
            var expected = value switch
            {
                bool flag => flag ? "`true`" : "`false`",
                TimeSpan span => $"`{span}`",
                string { Length: > 0 } text => $"`{text}`",
                _ => "none",
            };
            Assert.Contains($"| {expected}", row, StringComparison.Ordinal);
        });
    }
}
