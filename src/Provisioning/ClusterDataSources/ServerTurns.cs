using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Reconciliation;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Lets so many closer looks at a time go to each DataSource's server, and calls those that had to wait in their order, each as soon as there is
/// room. Whoever waits holds no worker and asks nobody anything: a server that is slow, or that many clusters changed on, costs the others nothing.
/// Safe for concurrent use.
/// </summary>
internal sealed class ServerTurns(IOptions<PostgresOptions> options) : IKeySource
{
    /// <summary>When to try again without having been called: what was called before may have vanished.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<NamespacedName, Server> servers = [];
    private Action<NamespacedName> call = _ => { };

    /// <inheritdoc/>
    public bool IsPrimary => false;

    /// <inheritdoc/>
    public Task Synced => Task.CompletedTask;

    /// <inheritdoc/>
    public IReadOnlyList<NamespacedName> Keys() => [];

    /// <inheritdoc/>
    public void Connect(Action<NamespacedName> add) => call = add;

    /// <summary>Begins a look; disposing ends it. Null: there is no room now, and the key is called when there is.</summary>
    /// <param name="dataSource">Whose server.</param>
    /// <param name="key">The ClusterDataSource that is to be looked at.</param>
    public IDisposable? TryBegin(NamespacedName dataSource, NamespacedName key)
    {
        lock (gate)
        {
            if (!servers.TryGetValue(dataSource, out var server))
            {
                servers.Add(dataSource, server = new Server());
            }

            if (server.Busy >= options.Value.MaxConcurrencyPerServer)
            {
                server.Add(key);
                return null;
            }

            server.Remove(key);
            server.Busy++;
            return new Turn(this, dataSource);
        }
    }

    private void End(NamespacedName dataSource)
    {
        NamespacedName? next;
        lock (gate)
        {
            var server = servers[dataSource];
            server.Busy--;
            next = server.Take();
            if (server is { Busy: 0 } && next is null)
            {
                servers.Remove(dataSource);
            }
        }

        if (next is { } called)
        {
            call(called);
        }
    }

    private sealed class Server
    {
        private readonly Dictionary<NamespacedName, LinkedListNode<NamespacedName>> places = [];
        private readonly LinkedList<NamespacedName> line = [];

        public int Busy { get; set; }

        public void Add(NamespacedName key)
        {
            if (!places.ContainsKey(key))
            {
                places[key] = line.AddLast(key);
            }
        }

        public void Remove(NamespacedName key)
        {
            if (places.Remove(key, out var place))
            {
                line.Remove(place);
            }
        }

        public NamespacedName? Take()
        {
            if (line.First is not { Value: var key })
            {
                return null;
            }

            Remove(key);
            return key;
        }
    }

    private sealed class Turn(ServerTurns turns, NamespacedName dataSource) : IDisposable
    {
        private int ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref ended, 1) == 0)
            {
                turns.End(dataSource);
            }
        }
    }
}
