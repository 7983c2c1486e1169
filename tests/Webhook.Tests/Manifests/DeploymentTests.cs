using System.Reflection;
using Provisioning.ClusterDataSources;
using Provisioning.Reconciliation;
using Webhook.Admission;
using Webhook.Authorization;
using Webhook.Hosting;
using Webhook.Validation;
using YamlDotNet.RepresentationModel;

namespace Webhook.Tests.Manifests;

/// <summary>The Deployments, and the rights of the two ServiceAccounts.</summary>
public sealed class DeploymentTests
{
    private static readonly string[] Asked = ["create subjectaccessreviews", "create selfsubjectreviews"];
    private static readonly string[] Probes = ["livenessProbe", "readinessProbe"];

    private static readonly Dictionary<string, Type[]> Sections = new(StringComparer.Ordinal)
    {
        [AdmissionOptions.SectionName] = [typeof(AdmissionOptions), typeof(ValidationOptions)],
        [SecretAuthorizationOptions.SectionName] = [typeof(SecretAuthorizationOptions)],
        [HttpsOptions.SectionName] = [typeof(HttpsOptions)],
        [ManagementOptions.SectionName] = [typeof(ManagementOptions)],
        [ReconciliationOptions.SectionName] = [typeof(ReconciliationOptions), typeof(ClusterDataSourceOptions)],
    };

    [Theory]
    [InlineData("webhook")]
    [InlineData("controller")]
    public void Every_setting_is_one_that_the_process_reads(string folder)
    {
        var keys = Environment(folder).Select(variable => variable.Name.Replace("__", ":", StringComparison.Ordinal))
            .Where(key => key.Contains(':', StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(keys);
        Assert.All(keys, key => Assert.True(IsOption(key.Split(':')), key));
    }

    [Fact]
    public void The_two_roles_run_apart()
    {
        Assert.Equal(("true", "false"), (Value("webhook", "Admission__Enabled"), Value("webhook", "Provisioning__Enabled")));
        Assert.Equal(("false", "true"), (Value("controller", "Admission__Enabled"), Value("controller", "Provisioning__Enabled")));
        Assert.Equal("Enforce", Value("webhook", "Authorization__SecretAccess"));
    }

    [Fact]
    public void The_controller_is_the_one_who_may_write_the_status()
    {
        var account = Manifest.Read("controller/serviceaccount.yaml").Single();

        Assert.Equal(
            $"system:serviceaccount:{account.Text("metadata.namespace")}:{account.Text("metadata.name")}", Value("webhook", "Admission__StatusWriters__0"));
        Assert.Equal(account.Text("metadata.name"), Deployment("controller").Text("spec.template.spec.serviceAccountName"));
    }

    [Theory]
    [InlineData("webhook")]
    [InlineData("controller")]
    public void The_process_runs_with_no_right_on_its_node(string folder)
    {
        var pod = Deployment(folder).Find("spec.template.spec")!;
        var container = Assert.Single(pod.Sequence("containers"));

        Assert.Equal("true", pod.Text("securityContext.runAsNonRoot"));
        Assert.Equal("RuntimeDefault", pod.Text("securityContext.seccompProfile.type"));
        Assert.Equal("false", container.Text("securityContext.allowPrivilegeEscalation"));
        Assert.Equal("true", container.Text("securityContext.readOnlyRootFilesystem"));
        Assert.Equal(["ALL"], container.Texts("securityContext.capabilities.drop"));
        Assert.Equal(["/livez", "/readyz"], Probes.Select(probe => container.Text($"{probe}.httpGet.path")));
    }

    [Fact]
    public void The_certificate_is_mounted_where_the_process_looks()
    {
        var pod = Deployment("webhook").Find("spec.template.spec")!;
        var mount = pod.Sequence("containers").Single().Sequence("volumeMounts").Single();
        var volume = pod.Sequence("volumes").Single(candidate => candidate.Text("name") == mount.Text("name"));

        Assert.Equal(Value("webhook", "Https__CertificateDirectory"), mount.Text("mountPath"));
        Assert.Null(mount.Find("subPath"));
        Assert.Equal(Manifest.Read("../certs/certificate.yaml").Single().Text("spec.secretName"), volume.Text("secret.secretName"));
    }

    [Fact]
    public void The_webhook_cannot_touch_a_Secret_and_stores_nothing()
    {
        var rules = Rules("webhook");

        Assert.DoesNotContain(rules, rule => rule.Resource == "secrets");
        Assert.All(
            rules.Where(rule => rule.Verb is not ("get" or "list" or "watch")),
            rule => Assert.Contains($"{rule.Verb} {rule.Resource}", Asked));
    }

    [Fact]
    public void The_controller_reaches_Secrets_by_name_only()
    {
        var verbs = Rules("controller").Where(rule => rule.Resource == "secrets").Select(rule => rule.Verb);

        Assert.Equal(["create", "delete", "get", "patch"], verbs.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_controller_gets_at_Secrets_in_the_namespaces_that_it_is_configured_for_only()
    {
        var documents = Manifest.Read("controller/secrets.yaml").Concat(Manifest.Read("controller/rbac.yaml")).ToList();
        var roles = documents.Where(document => document.Find("rules") is not null && document.Sequence("rules").Any(rule => rule.Texts("resources").Contains("secrets")))
            .Select(role => role.Text("metadata.name")).ToList();
        var bindings = documents.Where(document => document.Find("roleRef") is not null && roles.Contains(document.Text("roleRef.name"), StringComparer.Ordinal));

        Assert.Equal(["RoleBinding kcm-system"], bindings.Select(binding => $"{binding.Text("kind")} {binding.Text("metadata.namespace")}"));
    }

    [Fact]
    public void The_controller_reaches_the_Lease_by_its_name()
    {
        var rule = Manifest.Read("controller/rbac.yaml").Single(document => document.Text("kind") == "Role").Sequence("rules")
            .Single(candidate => candidate.Texts("verbs").Contains("patch"));

        Assert.Equal([new ReconciliationOptions().LeaseName], rule.Texts("resourceNames"));
    }

    [Theory]
    [InlineData("webhook")]
    [InlineData("controller")]
    public void No_right_is_a_wildcard(string folder)
    {
        Assert.NotEmpty(Rules(folder));
        Assert.All(Rules(folder), rule => Assert.DoesNotContain("*", $"{rule.Resource}{rule.Verb}", StringComparison.Ordinal));
    }

    private static bool IsOption(string[] key)
    {
        var name = key.Length > 1 ? key[1] : "";
        return Sections.TryGetValue(key[0], out var types) && types.Any(type => type.GetProperty(name, BindingFlags.Public | BindingFlags.Instance) is not null);
    }

    private static YamlNode Deployment(string folder) =>
        Manifest.Read($"{folder}/deployment.yaml").Single(document => document.Text("kind") == "Deployment");

    private static List<(string Name, string Value)> Environment(string folder) =>
        [.. Deployment(folder).Sequence("spec.template.spec.containers").Single().Sequence("env").Select(variable => (variable.Text("name"), variable.Text("value")))];

    private static string Value(string folder, string name) => Environment(folder).Single(variable => variable.Name == name).Value;

    private static List<(string Resource, string Verb)> Rules(string folder) =>
    [
        .. Directory.GetFiles(Path.Combine(Manifest.Root, "manifests", folder), "*.yaml").SelectMany(file => Manifest.Parse(File.ReadAllText(file)))
            .Where(document => document.Text("kind") is "ClusterRole" or "Role").SelectMany(role => role.Sequence("rules"))
            .SelectMany(rule => rule.Texts("resources").SelectMany(resource => rule.Texts("verbs").Select(verb => (resource, verb)))),
    ];
}
