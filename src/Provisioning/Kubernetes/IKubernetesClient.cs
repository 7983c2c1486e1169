namespace Provisioning.Kubernetes;

/// <summary>
/// The part of the Kubernetes API that this project uses. Implementations are safe for concurrent use. Every method throws
/// <see cref="KubernetesApiException"/> when the API server answers with an error, and <see cref="HttpRequestException"/> or
/// <see cref="IOException"/> when it does not answer at all.
/// </summary>
public interface IKubernetesClient
{
    /// <summary>Reads one object. A missing one is a <see cref="KubernetesApiException"/> with reason NotFound.</summary>
    Task<T> GetAsync<T>(NamespacedName name, GetOptions options, CancellationToken cancellationToken)
        where T : IResource;

    /// <summary>Reads one page of a list; follow <see cref="ResourcePage{T}.Continue"/> for the next.</summary>
    Task<ResourcePage<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : IResource;

    /// <summary>
    /// Follows changes from <see cref="WatchOptions.ResourceVersion"/> on. The sequence ends when the API server closes the watch;
    /// an ERROR event is thrown as <see cref="KubernetesApiException"/> (410 means: list again).
    /// </summary>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : IResource;

    /// <summary>Creates the object and returns it as stored. The namespace is taken from its metadata.</summary>
    Task<T> CreateAsync<T>(T resource, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource;

    /// <summary>Patches the object and returns it as stored.</summary>
    Task<T> PatchAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource;

    /// <summary>Patches the status subresource and returns the object as stored.</summary>
    Task<T> PatchStatusAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource;

    /// <summary>Requests deletion; returns when the API server has accepted it, not when the object is gone.</summary>
    Task DeleteAsync<T>(NamespacedName name, DeleteOptions options, CancellationToken cancellationToken)
        where T : IResource;
}

/// <summary>The usual ways to ask.</summary>
public static class KubernetesClientExtensions
{
    /// <summary>Reads one object as it is stored now. A missing one is a <see cref="KubernetesApiException"/> with reason NotFound.</summary>
    public static Task<T> GetAsync<T>(this IKubernetesClient client, NamespacedName name, CancellationToken cancellationToken)
        where T : IResource =>
        client.GetAsync<T>(name, GetOptions.MostRecent, cancellationToken);
}
