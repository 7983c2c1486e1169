using Microsoft.Extensions.Options;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>Who waits for a server must be called, once, and cost nobody anything meanwhile.</summary>
public sealed class ServerTurnsTests
{
    private static readonly NamespacedName Slow = new("tenant", "slow");
    private static readonly NamespacedName Fast = new("tenant", "fast");

    private readonly ServerTurns turns = new(Options.Create(new PostgresOptions { MaxConcurrencyPerServer = 2, MaxConcurrencyOfSilentServers = 3 }));
    private readonly List<string> called = [];

    public ServerTurnsTests() => turns.Connect(key => called.Add(key.Name));

    [Fact]
    public void Those_who_wait_are_called_in_their_order_one_for_each_that_ends()
    {
        var first = Begin(Slow, "a")!;
        var second = Begin(Slow, "b")!;
        Assert.Null(Begin(Slow, "c"));
        Assert.Null(Begin(Slow, "d"));

        // However often it asks meanwhile.
        Assert.Null(Begin(Slow, "c"));
        Assert.Empty(called);

        first.Dispose();
        first.Dispose();
        Assert.Equal(["c"], called);
        var third = Begin(Slow, "c")!;
        Assert.Null(Begin(Slow, "e"));
        second.Dispose();
        Assert.Equal(["c", "d"], called);
        third.Dispose();
        Assert.Equal(["c", "d", "e"], called);
    }

    [Fact]
    public void A_server_that_is_full_leaves_room_on_the_others()
    {
        Begin(Slow, "a");
        Begin(Slow, "b");
        Assert.Null(Begin(Slow, "c"));

        Assert.NotNull(Begin(Fast, "x"));
        Assert.NotNull(Begin(Fast, "y"));
    }

    [Fact]
    public void Who_got_in_without_being_called_is_not_called_later()
    {
        var first = Begin(Slow, "a")!;
        var second = Begin(Slow, "b")!;
        Assert.Null(Begin(Slow, "c"));
        Assert.Null(Begin(Slow, "d"));
        first.Dispose();
        var fourth = Begin(Slow, "d")!;
        second.Dispose();
        fourth.Dispose();

        Assert.Equal(["c"], called);
    }

    [Fact]
    public void Those_that_gave_no_answer_share_their_room_and_each_of_them_comes_in_turn()
    {
        var silent = Enumerable.Range(0, 10).Select(number => new NamespacedName("tenant", $"silent-{number}")).ToList();
        silent.ForEach(FindSilent);

        // Two clusters of each, as many as their servers have room for.
        var open = silent.Select(server => Begin(server, $"{server.Name}/a")).Concat(silent.Select(server => Begin(server, $"{server.Name}/b"))).OfType<IServerTurn>().ToList();
        Assert.Equal(3, open.Count);
        Assert.NotNull(Begin(Fast, "x"));
        Assert.NotNull(Begin(Fast, "y"));

        // Each that ends, still without an answer, lets the next one in: first those servers that nobody has asked again.
        for (var ended = 0; ended < open.Count; ended++)
        {
            open[ended].Note(answered: false);
            open[ended].Dispose();
            Assert.Equal(Math.Min(ended + 1, 17), called.Count);
            if (called.Count > ended)
            {
                open.Add(Begin(new NamespacedName("tenant", called[ended].Split('/')[0]), called[ended])!);
            }
        }

        Assert.Equal(silent.Skip(3).Select(server => server.Name), called.Take(7).Select(name => name.Split('/')[0]));
        Assert.Equal(20, called.Concat(["silent-0/a", "silent-1/a", "silent-2/a"]).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void One_that_answers_again_has_its_own_room_and_leaves_the_other()
    {
        FindSilent(Slow);
        var others = Enumerable.Range(0, 4).Select(number => new NamespacedName("tenant", $"silent-{number}")).ToList();
        others.ForEach(FindSilent);
        var first = Begin(Slow, "a")!;
        Begin(others[0], "b");
        Begin(others[1], "c");
        Assert.Null(Begin(others[2], "d"));
        Assert.Null(Begin(Slow, "e"));

        first.Note(answered: true);
        first.Dispose();

        Assert.Equal(["e", "d"], called);
        Assert.NotNull(Begin(others[2], "d"));
        Assert.NotNull(Begin(Slow, "e"));
        Assert.NotNull(Begin(Slow, "f"));
        Assert.Null(Begin(others[3], "g"));
    }

    [Fact]
    public void One_whose_DataSource_nobody_uses_is_forgotten()
    {
        var silent = Enumerable.Range(0, 4).Select(number => new NamespacedName("tenant", $"silent-{number}")).ToList();
        silent.ForEach(FindSilent);
        silent.Take(3).ToList().ForEach(server => Begin(server, server.Name));
        Assert.Null(Begin(silent[3], "d"));

        turns.Forget(silent[3]);

        Assert.NotNull(Begin(silent[3], "d"));
    }

    private void FindSilent(NamespacedName dataSource)
    {
        using var turn = Begin(dataSource, $"{dataSource.Name}/first")!;
        turn.Note(answered: false);
    }

    private IServerTurn? Begin(NamespacedName dataSource, string name) => turns.TryBegin(dataSource, new NamespacedName("tenant", name));
}
