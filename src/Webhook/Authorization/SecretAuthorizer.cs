using System.Collections.ObjectModel;
using Provisioning.Kubernetes;

namespace Webhook.Authorization;

/// <summary>
/// Finds out whether a user may read Secrets. The controller reads the Secrets that an object names and sends their content to a place
/// that the object names too: who may not read them must not have them sent. Whether a Secret exists is never looked at, so that the
/// answer does not tell it.
/// </summary>
internal sealed class SecretAuthorizer(IKubernetesClient client, AllowedAnswers allowed, AuthorizationMetrics metrics, TimeProvider time)
{
    /// <summary>Asks about all distinct Secrets at the same time, but for what was allowed to the same user a moment ago.</summary>
    /// <returns>Those that the user may not get.</returns>
    /// <exception cref="KubernetesApiException">The API server could not decide; nothing may be concluded.</exception>
    public async ValueTask<IReadOnlySet<NamespacedName>> FindForbiddenAsync(
        RequestingUser user, IEnumerable<NamespacedName> secrets, CancellationToken cancellationToken)
    {
        var unknown = secrets.Distinct().Where(secret => !allowed.Contains(user, secret)).ToList();
        if (unknown.Count == 0)
        {
            return ReadOnlySet<NamespacedName>.Empty;
        }

        var answers = await Task.WhenAll(unknown.Select(secret => MayGetAsync(user, secret, cancellationToken)));
        return unknown.Zip(answers).Where(pair => !pair.Second).Select(pair => pair.First).ToHashSet();
    }

    private async Task<bool> MayGetAsync(RequestingUser user, NamespacedName secret, CancellationToken cancellationToken)
    {
        if (secret.Name.Length == 0 || secret.Namespace.Length == 0)
        {
            throw new ArgumentException("An empty name would ask about all Secrets.", nameof(secret));
        }

        var started = time.GetTimestamp();
        var outcome = SecretAccessOutcome.Failed;
        try
        {
            var answer = await client.CreateAsync(Question(user, secret), WriteOptions.Default, cancellationToken);
            outcome = answer.Status is { Allowed: true } ? SecretAccessOutcome.Allowed : SecretAccessOutcome.Forbidden;
            if (outcome == SecretAccessOutcome.Allowed)
            {
                allowed.Add(user, secret, started);
            }

            return outcome == SecretAccessOutcome.Allowed;
        }
        finally
        {
            metrics.SecretAccessReviewed(outcome, time.GetElapsedTime(started));
        }
    }

    private static SubjectAccessReview Question(RequestingUser user, NamespacedName secret) => new()
    {
        ApiVersion = SubjectAccessReview.ResourceType.ApiVersion,
        Kind = SubjectAccessReview.ResourceType.Kind,
        Spec = new SubjectAccessReviewSpec
        {
            User = user.Username,
            Uid = user.Uid.Length == 0 ? null : user.Uid,
            Groups = user.Groups,
            Extra = user.Extra.Count == 0 ? null : user.Extra,
            ResourceAttributes = new ResourceAttributes
            {
                Namespace = secret.Namespace,
                Verb = "get",
                Version = "v1",
                Resource = "secrets",
                Name = secret.Name,
            },
        },
    };
}
