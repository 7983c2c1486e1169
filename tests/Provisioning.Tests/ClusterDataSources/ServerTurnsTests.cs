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

    private readonly ServerTurns turns = new(Options.Create(new PostgresOptions { MaxConcurrencyPerServer = 2 }));
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

    private IDisposable? Begin(NamespacedName dataSource, string name) => turns.TryBegin(dataSource, new NamespacedName("tenant", name));
}
