using System.Globalization;
using Webhook.Hosting;
using YamlDotNet.RepresentationModel;

namespace Webhook.Tests.Manifests;

/// <summary>How the pods run, in what every overlay builds.</summary>
public sealed class PodTests
{
    /// <summary>What a host waits for its services after the drain, unless told otherwise.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(30);

    /// <summary>The volume types of the pod security standard "restricted".</summary>
    private static readonly string[] Volumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    private static readonly string[] NodeRights = ["hostNetwork", "hostPID", "hostIPC", "initContainers"];
    private static readonly (string Name, string Path)[] Probes = [("livenessProbe", "/livez"), ("readinessProbe", "/readyz"), ("startupProbe", "/livez")];

    public static TheoryData<string, string> Pods => new()
    {
        { "default", "webhook" }, { "default", "controller" }, { "k0rdent", "webhook" }, { "k0rdent", "controller" }, { "self-signed", "webhook" }, { "self-signed", "controller" },
    };

    [Theory]
    [MemberData(nameof(Pods))]
    public async Task The_pod_obeys_the_restricted_standard_that_its_namespace_enforces(string overlay, string component)
    {
        var objects = await Overlay.BuildAsync(overlay);
        var pod = Pod(objects, component);
        var container = pod.Sequence("containers").Single();

        var labels = (YamlMappingNode)objects.One("Namespace", "k0rdent-datasource").Find("metadata.labels")!;
        Assert.Equal("restricted", labels.Children[new YamlScalarNode("pod-security.kubernetes.io/enforce")].ToString());
        Assert.Equal("true", pod.Text("securityContext.runAsNonRoot"));
        Assert.NotEqual("0", pod.Text("securityContext.runAsUser"));
        Assert.Equal("RuntimeDefault", pod.Text("securityContext.seccompProfile.type"));
        Assert.Equal("false", container.Text("securityContext.allowPrivilegeEscalation"));
        Assert.Equal(["ALL"], container.Texts("securityContext.capabilities.drop"));
        Assert.Null(container.Find("securityContext.capabilities.add"));
        Assert.Null(container.Find("securityContext.privileged"));
        Assert.All(NodeRights, field => Assert.Null(pod.Find(field)));
        Assert.All(container.Sequence("ports"), port => Assert.Null(port.Find("hostPort")));
        Assert.All(
            pod.Sequence("volumes"),
            volume => Assert.Contains(((YamlMappingNode)volume).Children.Keys.Select(key => key.ToString()).Single(key => key != "name"), Volumes));
    }

    [Theory]
    [MemberData(nameof(Pods))]
    public async Task Nothing_is_written_to_the_image_and_only_memory_is_limited(string overlay, string component)
    {
        var container = Pod(await Overlay.BuildAsync(overlay), component).Sequence("containers").Single();

        Assert.Equal("true", container.Text("securityContext.readOnlyRootFilesystem"));
        Assert.All(container.Sequence("volumeMounts"), mount => Assert.Equal("true", mount.Text("readOnly")));
        Assert.Null(container.Find("resources.limits.cpu"));
        Assert.NotNull(container.Find("resources.limits.memory"));
        Assert.NotNull(container.Find("resources.requests.cpu"));
        Assert.NotNull(container.Find("resources.requests.memory"));
    }

    [Theory]
    [MemberData(nameof(Pods))]
    public async Task Two_replicas_stay_two_while_rolling_and_at_least_one_while_nodes_are_drained(string overlay, string component)
    {
        var objects = await Overlay.BuildAsync(overlay);
        var deployment = objects.One("Deployment", $"k0rdent-datasource-{component}");
        var budget = objects.One("PodDisruptionBudget", $"k0rdent-datasource-{component}");
        var spread = deployment.Sequence("spec.template.spec.topologySpreadConstraints").Single();

        Assert.Equal("2", deployment.Text("spec.replicas"));
        Assert.Equal("0", deployment.Text("spec.strategy.rollingUpdate.maxUnavailable"));
        Assert.Equal("1", budget.Text("spec.minAvailable"));
        Assert.Equal("kubernetes.io/hostname", spread.Text("topologyKey"));
        var labels = deployment.Find("spec.template.metadata.labels");
        Assert.Equal(labels, deployment.Find("spec.selector.matchLabels"));
        Assert.Equal(labels, budget.Find("spec.selector.matchLabels"));
        Assert.Equal(labels, spread.Find("labelSelector.matchLabels"));
        Assert.Equal(labels, objects.One("NetworkPolicy", $"k0rdent-datasource-{component}").Find("spec.podSelector.matchLabels"));
    }

    [Theory]
    [MemberData(nameof(Pods))]
    public async Task The_pod_is_asked_how_it_is_and_given_time_to_go(string overlay, string component)
    {
        var objects = await Overlay.BuildAsync(overlay);
        var pod = Pod(objects, component);
        var container = pod.Sequence("containers").Single();
        var ports = container.Sequence("ports").Select(port => port.Text("name")).ToList();

        foreach (var (probe, path) in Probes)
        {
            Assert.Equal(path, container.Text($"{probe}.httpGet.path"));
            Assert.Contains(container.Text($"{probe}.httpGet.port"), ports);
        }

        var grace = TimeSpan.FromSeconds(int.Parse(pod.Text("terminationGracePeriodSeconds"), CultureInfo.InvariantCulture));
        var drain = component == "webhook" ? new ShutdownOptions().DrainDuration : TimeSpan.Zero;
        Assert.True(grace >= drain + StopTime, $"{grace} is less than the drain of {drain} and the stop of {StopTime}");
        Assert.Contains(objects.OfKind("PriorityClass"), priority => priority.Text("metadata.name") == pod.Text("priorityClassName"));
    }

    [Theory]
    [InlineData("webhook", 5432, false)]
    [InlineData("webhook", 6432, false)]
    [InlineData("webhook", 6443, true)]
    [InlineData("webhook", 443, true)]
    [InlineData("controller", 5432, true)]
    [InlineData("controller", 6543, true)]
    [InlineData("controller", 6443, true)]
    public async Task The_controller_reaches_PostgreSQL_and_the_webhook_does_not(string component, int port, bool isReached)
    {
        var policy = (await Overlay.BuildAsync("default")).One("NetworkPolicy", $"k0rdent-datasource-{component}");

        Assert.Equal(["Ingress", "Egress"], policy.Texts("spec.policyTypes"));
        Assert.All(policy.Sequence("spec.egress"), rule => Assert.NotEmpty(rule.Sequence("ports")));
        Assert.Equal(isReached, policy.Sequence("spec.egress").SelectMany(rule => rule.Sequence("ports")).Any(range => Includes(range, port)));
    }

    [Fact]
    public async Task Nobody_reaches_a_clouds_metadata_service()
    {
        var objects = await Overlay.BuildAsync("default");
        var blocks = objects.OfKind("NetworkPolicy").SelectMany(policy => policy.Sequence("spec.egress"))
            .Where(rule => rule.Sequence("ports").Any(range => Includes(range, 80)))
            .SelectMany(rule => rule.Sequence("to")).Select(to => (to.Text("ipBlock.cidr"), to.Texts("ipBlock.except").Single())).ToList();

        Assert.Equal([("0.0.0.0/0", "169.254.0.0/16"), ("::/0", "fe80::/10")], blocks);
    }

    private static YamlNode Pod(IReadOnlyList<YamlNode> objects, string component) =>
        objects.One("Deployment", $"k0rdent-datasource-{component}").Find("spec.template.spec")!;

    private static bool Includes(YamlNode range, int port)
    {
        var first = int.Parse(range.Text("port"), CultureInfo.InvariantCulture);
        var last = range.Find("endPort") is { } end ? int.Parse(end.ToString(), CultureInfo.InvariantCulture) : first;
        return range.Text("protocol") == "TCP" && first <= port && port <= last;
    }
}
