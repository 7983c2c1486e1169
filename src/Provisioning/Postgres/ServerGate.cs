using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Provisioning.Postgres;

/// <summary>Limits how much is done on one server at the same time. Never waits: a server that answers slowly must not hold workers
/// that others need. Safe for concurrent use.</summary>
internal sealed class ServerGate(IOptions<PostgresOptions> options)
{
    private readonly ConcurrentDictionary<string, int> entered = new(StringComparer.Ordinal);

    /// <summary>Enters; null when the server is at its limit. Disposing leaves.</summary>
    public IDisposable? TryEnter(PostgresServer server)
    {
        var key = string.Join(',', server.Endpoints.Select(endpoint => $"{endpoint.Host}|{endpoint.Port}").Order(StringComparer.Ordinal));
        while (true)
        {
            var count = entered.GetOrAdd(key, 0);
            if (count >= options.Value.MaxConcurrencyPerServer)
            {
                return null;
            }

            if (entered.TryUpdate(key, count + 1, count))
            {
                return new Entry(this, key);
            }
        }
    }

    private void Leave(string key)
    {
        while (entered.TryGetValue(key, out var count))
        {
            // The last one takes the entry away, so that servers that are gone are forgotten.
            var left = count == 1
                ? entered.TryRemove(KeyValuePair.Create(key, count))
                : entered.TryUpdate(key, count - 1, count);
            if (left)
            {
                return;
            }
        }
    }

    private sealed class Entry(ServerGate gate, string key) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0)
            {
                gate.Leave(key);
            }
        }
    }
}
