using System.Net;
using Provisioning.Kubernetes;

namespace Webhook.Tests.Injection;

/// <summary>Objects by kind and name, for readers. Every other method fails.</summary>
internal sealed class StubKubernetesClient : IKubernetesClient
{
    private readonly Dictionary<(Type, NamespacedName), Resource> objects = [];

    /// <summary>Thrown by every read when set.</summary>
    public Exception? Failure { get; set; }

    public int Reads { get; private set; }

    public void Put<T>(T resource)
        where T : Resource, IResource => objects[(typeof(T), resource.Key)] = resource;

    public void Remove<T>(NamespacedName name)
        where T : IResource => objects.Remove((typeof(T), name));

    public Task<T> GetAsync<T>(NamespacedName name, GetOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        Reads++;
        return Failure is not null
            ? Task.FromException<T>(Failure)
            : objects.TryGetValue((typeof(T), name), out var found)
                ? Task.FromResult((T)(object)found)
                : Task.FromException<T>(new KubernetesApiException(HttpStatusCode.NotFound, "NotFound", $"{name} not found"));
    }

    public Task<ResourcePage<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new NotSupportedException();

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new NotSupportedException();

    public Task<T> CreateAsync<T>(T resource, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new NotSupportedException();

    public Task<T> PatchAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new NotSupportedException();

    public Task<T> PatchStatusAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new NotSupportedException();

    public Task DeleteAsync<T>(NamespacedName name, DeleteOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new NotSupportedException();
}
