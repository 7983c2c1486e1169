namespace Provisioning.Kubernetes;

/// <summary>
/// The connections to the API server: a pool for the client certificate in use, since one is shown once per connection. A former certificate's pool is left to its
/// requests; its idle connections close by themselves. Safe for concurrent use.
/// </summary>
internal sealed class ConnectionPools(KubernetesConnection connection) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<Pool> pools = [];
    private volatile Pool? current;

    /// <summary>Where to send a request.</summary>
    /// <param name="certificate">What connections show; null: nothing.</param>
    public HttpMessageInvoker For(ClientCertificate? certificate) =>
        current is { } pool && pool.Certificate == certificate ? pool.Invoker : Change(certificate);

    public void Dispose()
    {
        lock (gate)
        {
            pools.ForEach(pool => pool.Invoker.Dispose());
        }
    }

    private HttpMessageInvoker Change(ClientCertificate? certificate)
    {
        lock (gate)
        {
            if (current is not { } pool || pool.Certificate != certificate)
            {
                pool = new Pool(certificate, new HttpMessageInvoker(ConnectionPool.Create(connection, certificate), disposeHandler: true));
                pools.Add(pool);
                current = pool;
            }

            return pool.Invoker;
        }
    }

    private sealed record Pool(ClientCertificate? Certificate, HttpMessageInvoker Invoker);
}
