using System.Text.Json.Nodes;
using ControlPlane.Resources;
using ControlPlane.Storage;

namespace ControlPlane.Admission;

internal sealed class WebhookAdmission(Store store, ResourceCatalog catalog, TimeProvider timeProvider) : IAdmission, IDisposable
{
    public Task<JsonObject?> MutateAsync(AdmissionCall call, CancellationToken cancellationToken) => Task.FromResult(call.Object);

    public Task ValidateAsync(AdmissionCall call, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _ = store;
        _ = catalog;
        _ = timeProvider;
    }
}
