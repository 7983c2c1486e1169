using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Reconciliation;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Lets so many closer looks at a time go to each DataSource's server, and to all of those together that gave no answer when they were asked last, and
/// calls those that had to wait in their order, each as soon as there is room. Whoever waits holds no worker and asks nobody anything: servers that are slow
/// or silent, or that many clusters changed on, cost the others nothing. Safe for concurrent use; forgotten by a restart.
/// </summary>
internal sealed class ServerTurns(IOptions<PostgresOptions> options) : IKeySource
{
    /// <summary>When to try again without having been called: what was called before may have vanished.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<NamespacedName, Server> servers = [];
    private readonly SilentServers silent = new();
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
    public IServerTurn? TryBegin(NamespacedName dataSource, NamespacedName key)
    {
        lock (gate)
        {
            if (!servers.TryGetValue(dataSource, out var server))
            {
                servers.Add(dataSource, server = new Server());
            }

            var isSilent = silent.Contains(dataSource);
            if (server.Busy >= options.Value.MaxConcurrencyPerServer || (isSilent && silent.Busy >= options.Value.MaxConcurrencyOfSilentServers))
            {
                server.Add(key);
                if (isSilent)
                {
                    silent.Wait(dataSource);
                }

                return null;
            }

            server.Remove(key);
            server.Busy++;
            silent.Busy += isSilent ? 1 : 0;
            return new Turn(this, dataSource, isSilent);
        }
    }

    /// <summary>Forgets whether a server answered: nobody uses its DataSource.</summary>
    public void Forget(NamespacedName dataSource) => Note(dataSource, answered: true);

    private void Note(NamespacedName dataSource, bool answered)
    {
        lock (gate)
        {
            silent.Note(dataSource, answered);
        }
    }

    private void End(NamespacedName dataSource, bool wasSilent)
    {
        NamespacedName? next = null;
        NamespacedName? nextOfSilent = null;
        lock (gate)
        {
            var server = servers[dataSource];
            server.Busy--;
            if (!silent.Contains(dataSource))
            {
                next = server.Take();
            }
            else if (server.HasWaiting)
            {
                // Behind the others that are silent too.
                silent.Wait(dataSource);
            }

            if (server is { Busy: 0, HasWaiting: false } && next is null)
            {
                servers.Remove(dataSource);
            }

            silent.Busy -= wasSilent ? 1 : 0;
            if (silent.Busy < options.Value.MaxConcurrencyOfSilentServers)
            {
                nextOfSilent = TakeOfSilent();
            }
        }

        foreach (var called in new[] { next, nextOfSilent }.OfType<NamespacedName>())
        {
            call(called);
        }
    }

    /// <summary>Of the silent server that has waited longest.</summary>
    private NamespacedName? TakeOfSilent()
    {
        while (silent.TakeWaiting() is { } dataSource)
        {
            if (servers.TryGetValue(dataSource, out var server) && server.Take() is { } key)
            {
                return key;
            }
        }

        return null;
    }

    private sealed class Server
    {
        private readonly Dictionary<NamespacedName, LinkedListNode<NamespacedName>> places = [];
        private readonly LinkedList<NamespacedName> line = [];

        public int Busy { get; set; }

        public bool HasWaiting => line.First is not null;

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

    /// <summary>Those that gave no answer when they were asked last.</summary>
    private sealed class SilentServers
    {
        private readonly HashSet<NamespacedName> known = [];
        private readonly HashSet<NamespacedName> waiting = [];
        private readonly Queue<NamespacedName> line = new();

        /// <summary>How many looks are under way that began at one of them.</summary>
        public int Busy { get; set; }

        public bool Contains(NamespacedName dataSource) => known.Contains(dataSource);

        public void Note(NamespacedName dataSource, bool answered)
        {
            if (answered)
            {
                known.Remove(dataSource);
            }
            else
            {
                known.Add(dataSource);
            }
        }

        /// <summary>Someone waits for it.</summary>
        public void Wait(NamespacedName dataSource)
        {
            if (waiting.Add(dataSource))
            {
                line.Enqueue(dataSource);
            }
        }

        /// <summary>The one that has waited longest; null: none does.</summary>
        public NamespacedName? TakeWaiting()
        {
            if (!line.TryDequeue(out var dataSource))
            {
                return null;
            }

            waiting.Remove(dataSource);
            return dataSource;
        }
    }

    private sealed class Turn(ServerTurns turns, NamespacedName dataSource, bool isSilent) : IServerTurn
    {
        private int ended;

        public void Note(bool answered) => turns.Note(dataSource, answered);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref ended, 1) == 0)
            {
                turns.End(dataSource, isSilent);
            }
        }
    }
}

/// <summary>A look at one server; disposing ends it.</summary>
internal interface IServerTurn : IDisposable
{
    /// <summary>The server answered, whatever it said, or gave no answer.</summary>
    void Note(bool answered);
}
