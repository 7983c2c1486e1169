namespace Provisioning.Reconciliation;

/// <summary>What health checks and metrics see of an informer. Safe for concurrent use.</summary>
internal interface IInformer
{
    /// <summary><c>plural.group</c>.</summary>
    string Resource { get; }

    /// <summary>How many objects it knows.</summary>
    int Count { get; }

    /// <summary>True once the first full list is in.</summary>
    bool HasSynced { get; }

    /// <summary>Why it does not follow the API server at the moment; null while it does.</summary>
    string? Problem { get; }

    /// <summary>What is as it may be and still worth knowing, such as an optional kind that this cluster does not have; null: nothing.</summary>
    string? Note { get; }
}
