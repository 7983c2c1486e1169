using System.Collections.Concurrent;

namespace ControlPlane.Admission;

/// <summary>The audit annotations that webhooks gave. Safe for concurrent use.</summary>
internal sealed class AuditLog
{
    private const int MaxEntries = 10_000;
    private readonly ConcurrentQueue<AuditAnnotation> _entries = new();

    /// <summary>The latest annotations, oldest first.</summary>
    public IReadOnlyList<AuditAnnotation> Entries => [.. _entries];

    /// <summary>Adds one.</summary>
    public void Record(AdmissionCall call, string key, string value)
    {
        _entries.Enqueue(new AuditAnnotation(
            call.Request.User.Name, call.Operation, call.Request.Resource.Plural, call.Request.Namespace, call.Request.Name, key, value));
        while (_entries.Count > MaxEntries)
        {
            _entries.TryDequeue(out _);
        }
    }
}

/// <summary>An audit annotation of one request.</summary>
/// <param name="User">Who asked.</param>
/// <param name="Operation">CREATE, UPDATE or DELETE.</param>
/// <param name="Resource">The plural.</param>
/// <param name="Namespace">Empty for cluster-scoped objects.</param>
/// <param name="Name">The object's name.</param>
/// <param name="Key"><c>webhook/key</c>, as the API server prefixes it.</param>
/// <param name="Value">The webhook's text.</param>
internal sealed record AuditAnnotation(string User, string Operation, string Resource, string Namespace, string Name, string Key, string Value);
