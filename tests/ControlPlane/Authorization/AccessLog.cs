using System.Collections.Concurrent;

namespace ControlPlane.Authorization;

/// <summary>What users were allowed and refused, each once. Safe for concurrent use.</summary>
internal sealed class AccessLog
{
    private readonly ConcurrentDictionary<AccessRecord, byte> _records = new();

    /// <summary>Everything so far.</summary>
    public IReadOnlyList<AccessRecord> Records => [.. _records.Keys];

    /// <summary>Notes the answer to a question about a resource; administrators, and paths such as <c>/version</c>, are left out.</summary>
    public void Record(AccessQuestion question, bool isAllowed)
    {
        if (question.Path is null && !question.User.Groups.Contains(Authorizer.Administrators, StringComparer.Ordinal))
        {
            _records.TryAdd(
                new AccessRecord(question.User.Name, question.Verb, question.Group, question.Resource, question.Namespace, question.Name, isAllowed), 0);
        }
    }
}
