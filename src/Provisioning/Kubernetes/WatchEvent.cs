namespace Provisioning.Kubernetes;

/// <summary>One event of a watch.</summary>
public abstract record WatchEvent<T>
    where T : IResource
{
    private protected WatchEvent()
    {
    }

    /// <summary>The object exists in this form now (ADDED or MODIFIED: after a resume the two cannot be told apart).</summary>
    public sealed record Changed(T Resource) : WatchEvent<T>;

    /// <summary>The object is gone; this was its last form.</summary>
    public sealed record Deleted(T Resource) : WatchEvent<T>;

    /// <summary>Nothing happened up to this version: a watch may resume from it.</summary>
    public sealed record Bookmark(string ResourceVersion) : WatchEvent<T>;
}
