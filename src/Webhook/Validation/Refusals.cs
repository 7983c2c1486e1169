namespace Webhook.Validation;

/// <summary>
/// The texts of refusals that need more than the object; <c>docs/rejections.md</c> explains each under a heading of the same text, and a
/// test keeps the two together. <c>{0}</c> and <c>{1}</c> are filled in.
/// </summary>
internal static class Refusals
{
    public const string SecretForbidden = "user {0} cannot get Secret {1}";
    public const string InUse = "in use by {0}; delete that first, or let it refer to another DataSource";
    public const string StatusForbidden = "user {0} may not write the status of a ClusterDataSource; only its controller may";
    public const string SchemaTaken = "another ClusterDataSource of the same server has a database of this name";
    public const string Unreadable = "cannot be read as a field of this kind";
    public const string ApiUnavailable = "the Kubernetes API did not answer a question that this decision needs; try again";

    /// <summary>Warnings: the request is allowed.</summary>
    public const string MissingDataSource = "{0}: DataSource {1} does not exist yet; nothing is provisioned until it does";
}
