using System.Text;
using EndToEnd.ConformanceTests;
using Provisioning.Postgres;
using TestPostgres;

namespace EndToEnd.Tests.Running;

/// <summary>One namespace of an installation, and the objects that its users make.</summary>
/// <param name="kubectl">As a cluster administrator.</param>
/// <param name="postgres">The server that its DataSources name.</param>
/// <param name="log">What the product wrote, for the message of a wait that fails.</param>
/// <param name="name">The namespace.</param>
internal sealed class Tenant(Kubectl kubectl, TestPostgresServer postgres, Func<string> log, string name)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The namespace.</summary>
    public string Name => name;

    /// <summary>Makes the seed's Secrets: <c>auth-secret</c> and <c>db-ca-secret</c>.</summary>
    public async Task CreateSecretsAsync()
    {
        await kubectl.RunAsync(
            "apply -f -",
            $$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: auth-secret, namespace: {{name}}}
            stringData: {username: {{postgres.Admin.Name}}, password: {{postgres.Admin.Password}}}
            """);
        await kubectl.RunAsync($"create secret generic db-ca-secret --namespace {name} --from-file=ca.crt={postgres.CertificateAuthorityFile}");
    }

    /// <summary>A DataSource of this namespace.</summary>
    public string DataSource(string dataSource, string endpoint, string secretNamespace) =>
        $$"""
        apiVersion: k0rdent.mirantis.com/v1beta1
        kind: DataSource
        metadata: {name: {{dataSource}}, namespace: {{name}}}
        spec:
          type: postgresql
          endpoints: ["{{endpoint}}"]
          auth:
            username: {namespace: {{secretNamespace}}, name: auth-secret, key: username}
            password: {namespace: {{secretNamespace}}, name: auth-secret, key: password}
          certificateAuthority: {namespace: {{secretNamespace}}, name: db-ca-secret, key: ca.crt}
        """;

    /// <summary>Applies a DataSource for the installation's server.</summary>
    public Task<string> ApplyDataSourceAsync(string dataSource) =>
        kubectl.RunAsync("apply -f -", DataSource(dataSource, $"127.0.0.1:{postgres.Port}", name));

    /// <summary>Applies a ClusterDeployment that names a DataSource.</summary>
    public Task<string> ApplyClusterDeploymentAsync(string cluster, string dataSource) =>
        kubectl.RunAsync(
            "apply -f -",
            $$"""
            apiVersion: k0rdent.mirantis.com/v1beta1
            kind: ClusterDeployment
            metadata: {name: {{cluster}}, namespace: {{name}}}
            spec: {template: openstack-hosted-cp-1-0-12, credential: openstack-cluster-identity-cred, dataSource: {{dataSource}}}
            """);

    /// <summary>A HelmRelease of a ClusterDeployment, as kcm makes it.</summary>
    public async Task<string> HelmReleaseAsync(string cluster, string values) =>
        $$"""
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: {{cluster}}
          namespace: {{name}}
          labels: {k0rdent.mirantis.com/managed: "true"}
          ownerReferences:
          - {apiVersion: k0rdent.mirantis.com/v1beta1, kind: ClusterDeployment, name: {{cluster}}, uid: {{await GetAsync("clusterdeployment", cluster, "{.metadata.uid}")}}}
        spec:
          interval: 10m
          chartRef: {kind: HelmChart, name: openstack-hosted-cp-1-0-12, namespace: {{name}}}
          values: {{values}}
        """;

    /// <summary>One field of an object of this namespace, by a jsonpath.</summary>
    public Task<string> GetAsync(string kind, string objectName, string jsonPath) =>
        kubectl.RunAsync($"get {kind} {objectName} --namespace {name} --output jsonpath={jsonPath}");

    /// <summary>Waits until a cluster's database is ready.</summary>
    public Task ReadyAsync(string cluster, TimeSpan? patience = null) => Eventually.TrueAsync(
        async () => (await kubectl.TryAsync($"get clds {cluster} --namespace {name} --output jsonpath={{.status.ready}}")).Output == "true",
        patience ?? Patience,
        () => $"ClusterDataSource {name}/{cluster} did not become ready:\n{log()}",
        TestContext.Current.CancellationToken);

    /// <summary>Waits until an object is gone.</summary>
    public Task GoneAsync(string kind, string objectName, TimeSpan? patience = null) => Eventually.TrueAsync(
        async () => (await kubectl.TryAsync($"get {kind} {objectName} --namespace {name}")).Error.Contains("NotFound", StringComparison.Ordinal),
        patience ?? Patience,
        () => $"{kind} {name}/{objectName} did not go:\n{log()}",
        TestContext.Current.CancellationToken);

    /// <summary>The DSN in a Secret, parsed by our own rules.</summary>
    public async Task<KineDsn> DsnAsync(string secret)
    {
        var encoded = await GetAsync("secret", secret, "{.data.K0SMOTRON_KINE_DATASOURCE_URL}");
        return KineDsn.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(encoded))) ?? throw new InvalidOperationException($"The DSN in {name}/{secret} is none.");
    }
}
