using System.Text.Json.Nodes;
using ControlPlane.Admission;
using ControlPlane.Authorization;
using ControlPlane.Discovery;
using ControlPlane.Http;
using ControlPlane.Resources;
using ControlPlane.Storage;
using ControlPlane.Writing;

namespace ControlPlane.Embedded;

/// <summary>The parts of the embedded API server, put together; outlives restarts of its listener.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly ServiceAccountTokens _tokens;
    private readonly DefinitionCleanup _cleanup;
    private readonly WebhookAdmission _admission;

    public Cluster(ClusterFiles files, TimeProvider timeProvider)
    {
        Store = new Store();
        var catalog = new ResourceCatalog(Store);
        _tokens = new ServiceAccountTokens(Store, timeProvider);
        _admission = new WebhookAdmission(Store, catalog, Audit, timeProvider);
        var authorizer = new Authorizer(Store);
        var admission = new OwnerReferencePermissions(_admission, authorizer, Accesses, catalog);
        var deleter = new ObjectDeleter(Store, admission, timeProvider);
        var writer = new ObjectWriter(Store, admission, timeProvider);
        var endpoints = new Endpoints(
            new ReadEndpoint(Store, timeProvider),
            new WatchEndpoint(Store, Cuts, timeProvider),
            new WriteEndpoint(Store, writer, deleter, timeProvider),
            new ReviewEndpoint(authorizer, _tokens, Store),
            new DiscoveryEndpoint(catalog))
        {
            OpenApi = new OpenApiEndpoint(catalog),
            Patch = new PatchEndpoint(Store, writer, timeProvider),
        };
        Handler = new RequestHandler(
            endpoints, new Authenticator(files.Authority.Certificate, _tokens, timeProvider), authorizer, Accesses, catalog);
        _cleanup = new DefinitionCleanup(Store);
        Populate(timeProvider);
    }

    public Store Store { get; }

    /// <summary>What webhooks wanted to be audited.</summary>
    public AuditLog Audit { get; } = new();

    /// <summary>What users were allowed and refused.</summary>
    public AccessLog Accesses { get; } = new();

    public WatchCuts Cuts { get; } = new();

    public RequestHandler Handler { get; }

    public async ValueTask DisposeAsync()
    {
        await Cuts.CutAsync();
        await _cleanup.DisposeAsync();
        _admission.Dispose();
        Cuts.Dispose();
        _tokens.Dispose();
    }

    /// <summary>What every cluster has from the start.</summary>
    private void Populate(TimeProvider timeProvider)
    {
        foreach (var o in InitialObjects.Read())
        {
            var resource = BuiltIns.All.First(r => r.ApiVersion == o["apiVersion"].Text() && r.Kind == o["kind"].Text());
            ObjectMetadata.Identify(o, timeProvider.GetUtcNow(), resource.HasGeneration);
            var metadata = o["metadata"]!;
            var sorted = (JsonObject)Json.Sorted(o)!;
            Store.Put(new ObjectKey(resource.StorageName, metadata["namespace"].Text() ?? "", metadata["name"].Text()!), 0, sorted);
        }
    }
}
