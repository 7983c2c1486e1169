using Provisioning.Kubernetes;

namespace Webhook.Authorization;

/// <summary>
/// Finds out whether a user may read Secrets. The controller reads the Secrets that an object names and sends their content to a place
/// that the object names too: who may not read them must not have them sent. Whether a Secret exists is never looked at, so that the
/// answer does not tell it.
/// </summary>
internal sealed class SecretAuthorizer
{
    /// <summary>Equal questions on their way at the same time. One that is lost does not hold up the others.</summary>
    private const int EqualAtATime = 8;

    private readonly IKubernetesClient client;
    private readonly AuthorizationMetrics metrics;
    private readonly TimeProvider time;
    private readonly SharedQuestions<(RequestingUser User, NamespacedName Secret), bool> questions;

    public SecretAuthorizer(IKubernetesClient client, AuthorizationMetrics metrics, TimeProvider time)
    {
        (this.client, this.metrics, this.time) = (client, metrics, time);
        questions = new((question, cancellationToken) => MayGetAsync(question.User, question.Secret, cancellationToken), EqualAtATime);
    }

    /// <summary>Asks about all distinct Secrets at the same time, together with others who wait for the same answer.</summary>
    /// <returns>Those that the user may not get.</returns>
    /// <exception cref="KubernetesApiException">The API server could not decide; nothing may be concluded.</exception>
    public async Task<IReadOnlySet<NamespacedName>> FindForbiddenAsync(
        RequestingUser user, IEnumerable<NamespacedName> secrets, CancellationToken cancellationToken)
    {
        var distinct = secrets.Distinct().ToList();
        var answers = await Task.WhenAll(distinct.Select(secret => questions.AskAsync((user, secret), cancellationToken)));
        return distinct.Zip(answers).Where(pair => !pair.Second).Select(pair => pair.First).ToHashSet();
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
