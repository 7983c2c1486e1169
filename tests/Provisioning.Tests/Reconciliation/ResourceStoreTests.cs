using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Reconciliation;
using Provisioning.Tests.Kubernetes;

namespace Provisioning.Tests.Reconciliation;

public sealed class ResourceStoreTests
{
    private readonly ResourceStore<Widget> store = new(NullLogger<ResourceStore<Widget>>.Instance);
    private readonly List<string> heard = [];

    [Fact]
    public void A_handler_that_throws_breaks_nothing_for_the_others()
    {
        store.Subscribe(_ => throw new InvalidOperationException("a handler's bug"));
        store.Subscribe(change => heard.Add(change.Key.Name));

        store.Replace([Widget.Named("a")]);
        store.Set(Widget.Named("b"));

        Assert.Equal(["a", "b"], heard);
        Assert.True(store.HasSynced);
    }

    [Fact]
    public void A_late_subscriber_hears_of_everything_that_is_known()
    {
        store.Replace([Widget.Named("a")]);

        store.Subscribe(change => heard.Add(change.Key.Name));
        store.Set(Widget.Named("b"));

        Assert.Equal(["a", "b"], heard);
    }

    [Fact]
    public void The_same_version_is_no_change_and_a_recreated_object_is()
    {
        store.Set(Widget.Named("a", version: "5"));
        store.Subscribe(change => heard.Add($"{change.Old?.Metadata.Uid}>{change.New?.Metadata.Uid}"));

        store.Set(Widget.Named("a", version: "5"));
        store.Replace([Widget.Named("a", version: "5", uid: "other")]);

        Assert.Equal([">uid-a", "uid-a>other"], heard);
    }

    [Fact]
    public void Is_not_synced_before_the_first_full_list()
    {
        store.Set(Widget.Named("a"));
        Assert.False(store.HasSynced);

        store.Replace([]);

        Assert.True(store.HasSynced);
        Assert.Equal(0, store.Count);
    }
}
