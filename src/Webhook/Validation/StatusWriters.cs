using Microsoft.Extensions.Options;
using Provisioning.Resources;
using Webhook.Admission;
using Webhook.Authorization;

namespace Webhook.Validation;

/// <summary>
/// Who may write the status of a ClusterDataSource. The status names the Secret that a control plane gets as its environment, and that is
/// copied to other clusters: who writes it can have any Secret of the namespace handed on.
/// </summary>
internal sealed class StatusWriters(IOptions<ValidationOptions> options, ProcessIdentity self)
{
    private readonly HashSet<string> named = new(options.Value.StatusWriters, StringComparer.Ordinal);

    /// <summary>The refusal of a status write; null when this user may.</summary>
    public async ValueTask<FieldViolation?> FindViolationAsync(UserInfo user, CancellationToken cancellationToken) =>
        named.Contains(user.Username) || (user.Username.Length > 0 && user.Username == await self.GetUsernameAsync(cancellationToken))
            ? null
            : FieldViolation.Forbidden("status", Decisions.Fill(Refusals.StatusForbidden, QuotedText.Of(user.Username)));
}
