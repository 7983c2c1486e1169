using Microsoft.Extensions.Options;
using Provisioning.Resources;
using Webhook.Admission;
using Webhook.Authorization;

namespace Webhook.Validation;

/// <summary>Whoever names a Secret must be able to read it: as strictly as <see cref="SecretAuthorizationOptions"/> says.</summary>
internal sealed class SecretAccessRule(SecretAuthorizer authorizer, IOptions<SecretAuthorizationOptions> options)
{
    private readonly SecretAccess access = options.Value.SecretAccess;

    /// <summary>The violations and warnings of references to Secrets that the user may not read, in the order of the references.</summary>
    public async ValueTask<(IReadOnlyList<FieldViolation> Violations, IReadOnlyList<string> Warnings)> CheckAsync(
        UserInfo user, IReadOnlyList<SecretReference> references, CancellationToken cancellationToken)
    {
        if (access == SecretAccess.Off || references.Count == 0)
        {
            return ([], []);
        }

        var forbidden = await authorizer.FindForbiddenAsync(
            new RequestingUser(user.Username, user.Uid, user.Groups, user.Extra), references.Select(reference => reference.Secret), cancellationToken);
        var violations = references.Where(reference => forbidden.Contains(reference.Secret))
            .Select(reference => FieldViolation.Forbidden(
                reference.Field, Decisions.Fill(Refusals.SecretForbidden, QuotedText.Of(user.Username), reference.Secret)))
            .ToList();
        return access == SecretAccess.Warn ? ([], [.. violations.Select(violation => violation.ToString())]) : (violations, []);
    }
}
