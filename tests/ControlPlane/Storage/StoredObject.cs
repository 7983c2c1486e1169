using System.Text.Json.Nodes;

namespace ControlPlane.Storage;

/// <summary>Where an object is stored.</summary>
/// <param name="Resource"><c>group/plural</c>: all versions of a resource share their objects.</param>
/// <param name="Namespace">Empty for cluster-scoped objects.</param>
/// <param name="Name"><c>metadata.name</c>.</param>
internal readonly record struct ObjectKey(string Resource, string Namespace, string Name)
{
    /// <summary>What lists are ordered by, as in etcd.</summary>
    public string Path => $"{Namespace}/{Name}";
}

/// <summary>An object as stored. Its value is never changed: whoever wants another one clones it.</summary>
/// <param name="Key">Where it is.</param>
/// <param name="Value">The object, with <c>metadata.resourceVersion</c> set.</param>
/// <param name="Revision">The resource version as a number.</param>
internal sealed record StoredObject(ObjectKey Key, JsonObject Value, long Revision);

/// <summary>One write.</summary>
/// <param name="Revision">The write's own resource version.</param>
/// <param name="Previous">Null: the object was created.</param>
/// <param name="Current">The object after the write; the last form of a deleted one.</param>
/// <param name="IsDeleted">True when the object is gone.</param>
internal sealed record Change(long Revision, StoredObject? Previous, StoredObject Current, bool IsDeleted);
