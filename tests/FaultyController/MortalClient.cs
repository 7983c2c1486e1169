using System.Text.Json;
using Provisioning.Kubernetes;
using Provisioning.Postgres;

namespace FaultyController;

/// <summary>Passes a fault point before every write to the API server.</summary>
/// <param name="client">The real one.</param>
/// <param name="faults">The fault points.</param>
/// <param name="inNamespace">The only namespace whose objects are listed and watched; null: all.</param>
internal sealed class MortalClient(IKubernetesClient client, IFaultPoints faults, string? inNamespace) : IKubernetesClient
{
    public Task<T> GetAsync<T>(NamespacedName name, GetOptions options, CancellationToken cancellationToken)
        where T : IResource =>
        client.GetAsync<T>(name, options, cancellationToken);

    public Task<ResourcePage<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : IResource =>
        client.ListAsync<T>(options with { Namespace = inNamespace ?? options.Namespace }, cancellationToken);

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : IResource =>
        client.WatchAsync<T>(options with { Namespace = inNamespace ?? options.Namespace }, cancellationToken);

    public Task<T> CreateAsync<T>(T resource, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        // The names of Events are made of hashes.
        faults.Reach($"create {T.ResourceType.Plural} {(T.ResourceType.Kind == "Event" ? "" : resource.Metadata.Name)}");
        return client.CreateAsync(resource, options, cancellationToken);
    }

    public Task<T> PatchAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        faults.Reach($"patch {T.ResourceType.Plural} {name.Name}: {Fields(patch)}");
        return client.PatchAsync<T>(name, patch, options, cancellationToken);
    }

    public Task<T> PatchStatusAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        faults.Reach($"patch the status of {T.ResourceType.Plural} {name.Name}");
        return client.PatchStatusAsync<T>(name, patch, options, cancellationToken);
    }

    public Task DeleteAsync<T>(NamespacedName name, DeleteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        faults.Reach($"delete {T.ResourceType.Plural} {name.Name}");
        return client.DeleteAsync<T>(name, options, cancellationToken);
    }

    /// <summary>Which fields a patch changes; never their values.</summary>
    private static string Fields(Patch patch)
    {
        using var content = JsonDocument.Parse(patch.Content);
        var names = content.RootElement.EnumerateObject()
            .SelectMany(field => field.Value.ValueKind == JsonValueKind.Object
                ? field.Value.EnumerateObject().SelectMany(inner => inner.Name == "annotations"
                    ? inner.Value.EnumerateObject().Select(annotation => annotation.Name)
                    : [inner.Name])
                : [field.Name])
            .Where(name => name != "resourceVersion");
        return string.Join(", ", names);
    }
}
