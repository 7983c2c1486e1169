using Provisioning.Kubernetes;

namespace Webhook.Authorization;

/// <summary>Who this process is to the API server. Asked once, when first needed: credentials are renewed but never change their user.</summary>
internal sealed class ProcessIdentity(IKubernetesClient client)
{
    private string? username;

    /// <summary>The process's own username; empty when the API server does not tell.</summary>
    /// <exception cref="KubernetesApiException">The API server refused; asked again next time.</exception>
    public async ValueTask<string> GetUsernameAsync(CancellationToken cancellationToken)
    {
        // Two first calls at the same time ask twice and get the same answer.
        if (Volatile.Read(ref username) is { } known)
        {
            return known;
        }

        var review = await client.CreateAsync(new SelfSubjectReview(), WriteOptions.Default, cancellationToken);
        var answer = review.Status?.UserInfo?.Username ?? "";
        if (answer.Length > 0)
        {
            Volatile.Write(ref username, answer);
        }

        return answer;
    }
}
