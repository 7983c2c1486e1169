using System.Collections.Frozen;

namespace Webhook.Admission;

/// <summary>The handlers behind one endpoint, by group and plural name.</summary>
internal sealed class HandlerTable
{
    private readonly FrozenDictionary<(string Group, string Resource), IAdmissionHandler> handlers;

    /// <exception cref="ArgumentException">Two handlers claim the same resource.</exception>
    public HandlerTable(IEnumerable<IAdmissionHandler> all)
    {
        handlers = all.ToFrozenDictionary(handler => (handler.Group, handler.Resource));
    }

    /// <summary>The handler of this resource in whatever version; null when there is none.</summary>
    public IAdmissionHandler? Find(GroupVersionResource resource) => Find(resource.Group, resource.Resource);

    /// <summary>The handler of this resource in whatever version; null when there is none.</summary>
    public IAdmissionHandler? Find(string group, string resource) => handlers.GetValueOrDefault((group, resource));
}
