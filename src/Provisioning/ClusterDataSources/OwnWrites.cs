using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Tells changes that somebody made from those that we make ourselves (status, and records in annotations), which would otherwise cost a second look
/// at the server after every first. What is skipped here is still seen by the next resync.
/// </summary>
internal static class OwnWrites
{
    /// <summary>Whether the change is worth a reconcile.</summary>
    public static bool AreNotAllOf(ResourceChange<ClusterDataSource> change) =>
        change is not { Old.Metadata: { } before, New.Metadata: { } after }
        || before.Uid != after.Uid
        || before.Generation != after.Generation
        || before.IsBeingDeleted != after.IsBeingDeleted
        || ObjectPatches.HasFinalizer(change.Old) != ObjectPatches.HasFinalizer(change.New)
        || AnnotationNames.OfPeople.Any(name => before.Annotations?.GetValueOrDefault(name) != after.Annotations?.GetValueOrDefault(name))
        || StatusWasLost(change.Old.Status, change.New.Status);

    private static bool StatusWasLost(ClusterDataSourceStatus? before, ClusterDataSourceStatus? after) =>
        !string.IsNullOrEmpty(before?.KineDataSourceSecret) && string.IsNullOrEmpty(after?.KineDataSourceSecret);
}
