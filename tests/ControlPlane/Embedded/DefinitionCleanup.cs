using System.Text.Json.Nodes;
using System.Threading.Channels;
using ControlPlane.Http;
using ControlPlane.Resources;
using ControlPlane.Storage;
using ControlPlane.Writing;

namespace ControlPlane.Embedded;

/// <summary>Deletes the objects of a CustomResourceDefinition that is being deleted, and lets it go once none is left.</summary>
internal sealed class DefinitionCleanup : IAsyncDisposable
{
    private readonly Store _store;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Task _running;

    public DefinitionCleanup(Store store)
    {
        _store = store;
        // Any write may be the last object's finalizer going.
        store.Observe(_ => _wake.Writer.TryWrite(true));
        _running = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _wake.Writer.TryComplete();
        await _running;
    }

    private async Task RunAsync()
    {
        while (await _wake.Reader.WaitToReadAsync())
        {
            _wake.Reader.TryRead(out _);
            foreach (var definition in _store.List(ResourceCatalog.DefinitionStorage, null, null, out _)!)
            {
                if (definition.Value["metadata"]!["deletionTimestamp"] is not null)
                {
                    CleanUp(definition);
                }
            }
        }
    }

    private void CleanUp(StoredObject definition)
    {
        var spec = definition.Value["spec"]!;
        var resource = $"{spec["group"].Text()}/{spec["names"]!["plural"].Text()}";
        foreach (var stored in _store.List(resource, null, null, out _)!)
        {
            var metadata = stored.Value["metadata"]!;
            if (metadata["finalizers"] is not JsonArray { Count: > 0 })
            {
                _store.Remove(stored.Key, stored.Revision);
            }
            else if (metadata["deletionTimestamp"] is null)
            {
                var marked = (JsonObject)stored.Value.DeepClone();
                marked["metadata"]!["deletionTimestamp"] = definition.Value["metadata"]!["deletionTimestamp"]!.DeepClone();
                _store.Put(stored.Key, stored.Revision, marked);
            }
        }

        if (_store.List(resource, null, null, out _)!.Count > 0)
        {
            return;
        }

        var rest = definition.Value["metadata"]!["finalizers"].Texts().Where(f => f != DefinitionRules.Cleanup).ToList();
        if (rest.Count == 0)
        {
            _store.Remove(definition.Key, definition.Revision);
        }
    }
}
