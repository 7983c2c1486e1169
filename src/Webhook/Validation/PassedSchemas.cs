using Provisioning.Kubernetes;
using Endpoint = Provisioning.Resources.Endpoint;

namespace Webhook.Validation;

/// <summary>
/// The databases that this process has let somebody have a moment ago. Between a review and the informer's event lies the time in which a
/// second object would find the name free. Safe for concurrent use; each process knows its own only.
/// </summary>
internal sealed class PassedSchemas(TimeProvider time)
{
    /// <summary>Longer than an informer is behind, short enough that an object that was not stored after all is in nobody's way.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly Lock changing = new();
    private readonly List<Passed> all = [];

    /// <summary>Notes that an object has a database on a server; false when another was let have it there.</summary>
    /// <param name="key">The object; what it had before is forgotten.</param>
    /// <param name="database">The database's name.</param>
    /// <param name="server">The DataSource.</param>
    /// <param name="endpoints">The server's endpoints: one in common is the same server.</param>
    public bool TryAdd(NamespacedName key, string database, NamespacedName server, IReadOnlySet<Endpoint> endpoints)
    {
        lock (changing)
        {
            all.RemoveAll(passed => passed.Key == key || time.GetElapsedTime(passed.At) >= Lifetime);
            if (all.Exists(passed => passed.Database == database && (passed.Server == server || passed.Endpoints.Overlaps(endpoints))))
            {
                return false;
            }

            all.Add(new Passed(key, database, server, endpoints, time.GetTimestamp()));
            return true;
        }
    }

    private sealed record Passed(NamespacedName Key, string Database, NamespacedName Server, IReadOnlySet<Endpoint> Endpoints, long At);
}
