using System.Text.Json.Nodes;

namespace EndToEnd.Tests.Golden;

/// <summary>
/// Flux's kustomize-controller applies with server-side apply and first looks, with a dry run, whether anything would differ. What the webhook adds
/// must not look like drift, or it would apply for ever.
/// </summary>
public sealed class DriftTests(AdmissionInstallation installation) : IClassFixture<AdmissionInstallation>
{
    [Fact]
    public async Task Applying_the_same_release_again_changes_nothing_and_a_dry_run_says_so()
    {
        await InstalledKubectl.RequireAsync(24, "kubectl patch --subresource");
        var admin = await installation.KubectlAsync("admin");
        await admin.RunAsync("create namespace drift");
        await admin.RunAsync("apply -f -", Objects);
        await admin.RunAsync(
            """patch clusterdatasource prod --namespace drift --subresource=status --type=merge --patch={"status":{"ready":true,"observedGeneration":1,"kineDataSourceSecret":"prod-kine"}}""");
        var release = Release(await admin.RunAsync("get clusterdeployment prod --namespace drift --output jsonpath={.metadata.uid}"));
        const string Apply = "apply --server-side --field-manager=kustomize-controller --output json -f -";

        var first = Parse(await admin.RunAsync(Apply, release));
        var dryRun = Parse(await admin.RunAsync($"{Apply} --dry-run=server", release));
        var second = Parse(await admin.RunAsync(Apply, release));

        Assert.Equal("prod-kine", (string?)first["spec"]!["values"]!["dataSource"]!["kineDataSourceSecretName"]);
        Assert.Equal(first.ToJsonString(), dryRun.ToJsonString());
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
    }

    private const string Objects = """
        apiVersion: k0rdent.mirantis.com/v1beta1
        kind: DataSource
        metadata: {name: db, namespace: drift}
        spec:
          type: postgresql
          endpoints: [db.example.com:5432]
          auth:
            username: {name: db-admin, key: username}
            password: {name: db-admin, key: password}
        ---
        apiVersion: k0rdent.mirantis.com/v1beta1
        kind: ClusterDeployment
        metadata: {name: prod, namespace: drift}
        spec: {template: t, credential: c, dataSource: db}
        ---
        apiVersion: k0rdent.mirantis.com/v1beta1
        kind: ClusterDataSource
        metadata: {name: prod, namespace: drift}
        spec: {dataSource: db, schema: drift_prod_1}
        """;

    private static string Release(string owner) => $$"""
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata:
          name: prod
          namespace: drift
          ownerReferences: [{apiVersion: k0rdent.mirantis.com/v1beta1, kind: ClusterDeployment, name: prod, uid: {{owner}}}]
        spec:
          interval: 10m
          chartRef: {kind: HelmChart, name: t}
          values: {controlPlaneNumber: 3}
        """;

    // Who applied what, and when, is no part of the object, and a note of it makes another version; the generation stays.
    private static JsonObject Parse(string json)
    {
        var resource = JsonNode.Parse(json)!.AsObject();
        resource["metadata"]!.AsObject().Remove("managedFields");
        resource["metadata"]!.AsObject().Remove("resourceVersion");
        return resource;
    }
}
