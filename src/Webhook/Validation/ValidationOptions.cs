namespace Webhook.Validation;

/// <summary>Settings of the rules that need more than the object: the section <c>Admission</c>, beside those of the protocol.</summary>
internal sealed class ValidationOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Admission";

    /// <summary>
    /// Usernames that may write <c>clusterdatasources/status</c>, besides this process's own: the controller when it runs apart under
    /// another ServiceAccount. Default: empty.
    /// </summary>
    public IList<string> StatusWriters { get; init; } = [];

    /// <summary>The namespace from which AccessManagement copies DataSources to tenants. Default: <c>kcm-system</c>.</summary>
    public string SystemNamespace { get; init; } = "kcm-system";
}
