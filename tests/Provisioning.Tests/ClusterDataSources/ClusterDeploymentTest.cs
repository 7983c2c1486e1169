using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>A test of what becomes of a ClusterDeployment, in a world of its own.</summary>
public abstract class ClusterDeploymentTest
{
    private readonly ClusterDeploymentReconciler reconciler;

    private protected ClusterDeploymentTest() => reconciler = World.NewClusterDeploymentReconciler();

    private protected World World { get; } = new();

    private protected ClusterDataSource? Made => World.Kubernetes.Find<ClusterDataSource>(World.Tenant, World.Cluster);

    private protected Task<ReconcileResult> RunAsync() => reconciler.ReconcileAsync(World.Key, TestContext.Current.CancellationToken);

    private protected string PutClusterDeployment(string? dataSource, bool dryRun = false) => (string)World.Kubernetes.Put(new ClusterDeployment
    {
        Metadata = new ObjectMeta { Namespace = World.Tenant, Name = World.Cluster },
        Spec = new ClusterDeploymentSpec { DataSource = dataSource, DryRun = dryRun },
    })["metadata"]!["uid"]!;

    private protected void PutClusterDataSource(string dataSource, string? ownerUid)
    {
        var deployment = new ClusterDeployment
        {
            Metadata = new ObjectMeta { Namespace = World.Tenant, Name = World.Cluster, Uid = ownerUid ?? "" },
            Spec = new ClusterDeploymentSpec { DataSource = dataSource },
        };
        var made = NewClusterDataSource.For(deployment, "x2y4z");
        World.Kubernetes.Put(made with
        {
            Metadata = ownerUid is null ? made.Metadata with { OwnerReferences = null } : made.Metadata,
            Spec = made.Spec! with { Schema = World.Schema },
        });
    }
}
