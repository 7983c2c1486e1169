using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ControlPlane;
using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.SelfSigned;

/// <summary>A control plane, and webhook processes that make their own certificate with the rights that the manifests give them.</summary>
internal sealed class SelfSignedCluster : IAsyncDisposable
{
    public const string Secret = "k0rdent-datasource-webhook-self-signed";
    private const string Namespace = "k0rdent-datasource";
    private const string Account = "system:serviceaccount:k0rdent-datasource:k0rdent-datasource-webhook";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<WebhookProcess> processes = [];
    private readonly string kubeconfig;

    private SelfSignedCluster(IControlPlane controlPlane, string kubeconfig)
    {
        ControlPlane = controlPlane;
        this.kubeconfig = kubeconfig;
        Kubectl = Kubectl.Admin(controlPlane);
        Webhook = new Kubectl(kubeconfig);
    }

    public IControlPlane ControlPlane { get; }

    /// <summary>As a cluster administrator.</summary>
    public Kubectl Kubectl { get; }

    /// <summary>As the webhook's ServiceAccount.</summary>
    public Kubectl Webhook { get; }

    public string Log => string.Join("\n---\n", processes.Select(process => process.Log));

    public static async Task<SelfSignedCluster> StartAsync(CancellationToken cancellationToken)
    {
        var controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), cancellationToken);
        await controlPlane.InstallDefinitionsAsync(cancellationToken);
        var user = await controlPlane.CreateUserAsync(
            Account, ["system:serviceaccounts", $"system:serviceaccounts:{Namespace}"], cancellationToken);
        var cluster = new SelfSignedCluster(controlPlane, user);
        await cluster.Kubectl.RunAsync($"apply -f {Repository.Path("manifests/base/namespace.yaml")}");
        await cluster.Kubectl.RunAsync($"apply -f {Repository.Path("manifests/webhook/rbac.yaml")} -f {Repository.Path("manifests/self-signed/rbac.yaml")}");
        return cluster;
    }

    /// <summary>Starts a process; it is not ready before the configurations are there.</summary>
    public WebhookProcess StartProcess(params (string Key, string Value)[] settings)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Kubernetes__Kubeconfig"] = kubeconfig,
            ["Provisioning__Enabled"] = "false",
            ["Https__SelfSigned__Enabled"] = "true",
            ["Https__SelfSigned__Namespace"] = Namespace,
            ["Https__SelfSigned__AdditionalNames__0"] = "127.0.0.1",
            ["Https__SelfSigned__CheckInterval"] = "00:00:01",
        };
        foreach (var (key, value) in settings)
        {
            environment[$"Https__SelfSigned__{key}"] = value;
        }

        var process = WebhookProcess.Start(environment);
        processes.Add(process);
        return process;
    }

    /// <summary>Installs the configurations as a cluster without cert-manager gets them: with no caBundle.</summary>
    public Task InstallWebhooksAsync(Uri webhook, CancellationToken cancellationToken) => ControlPlane.InstallProductAsync(webhook, "", cancellationToken);

    /// <summary>Applies a DataSource that the webhook refuses, and returns what kubectl says.</summary>
    public Task<string> ApplyWrongAsync() => Kubectl.FailAsync(
        "apply -f -",
        """
        apiVersion: k0rdent.mirantis.com/v1beta1
        kind: DataSource
        metadata: {name: wrong, namespace: default}
        spec:
          type: postgresql
          endpoints: ["10.0.0.1:99999"]
          auth:
            username: {namespace: default, name: auth, key: username}
            password: {namespace: default, name: auth, key: password}
        """);

    /// <summary>Waits until the API server reaches the webhook and trusts it.</summary>
    public async Task AnsweredAsync(CancellationToken cancellationToken)
    {
        var last = "";
        await Eventually.TrueAsync(
            async () =>
            {
                last = await ApplyWrongAsync();
                return last.Contains("port must be between 1 and 65535", StringComparison.Ordinal);
            },
            Patience,
            () => $"{last}\n{Log}",
            cancellationToken);
    }

    /// <summary>Every <c>caBundle</c> of the two configurations, in PEM.</summary>
    public async Task<IReadOnlyList<string>> BundlesAsync()
    {
        var encoded = await Kubectl.RunAsync(
            "get validatingwebhookconfiguration,mutatingwebhookconfiguration --output jsonpath={range.items[*].webhooks[*]}{.clientConfig.caBundle}{\"|\"}{end}");
        return [.. encoded.TrimEnd('|').Split('|').Select(bundle => Encoding.UTF8.GetString(Convert.FromBase64String(bundle)))];
    }

    /// <summary>What a process serves, by its thumbprint.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The bundle does not trust it.</exception>
    public static async Task<string> ServedAsync(WebhookProcess process, string bundle, CancellationToken cancellationToken)
    {
        var url = await process.AdmissionUrl;
        using var socket = new TcpClient();
        await socket.ConnectAsync(url.Host, url.Port, cancellationToken);
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(bundle);
        var stream = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, certificate, chain, _) =>
        {
            chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(roots);
            return chain.Build((X509Certificate2)certificate!);
        });
        await using (stream)
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.Host }, cancellationToken);
            return stream.RemoteCertificate!.GetCertHashString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        TestContext.Current.SendDiagnosticMessage("{0}", Log);
        foreach (var process in processes)
        {
            await process.DisposeAsync();
        }

        Kubectl.Dispose();
        Webhook.Dispose();
        await ControlPlane.DisposeAsync();
    }
}
