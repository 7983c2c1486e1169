using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;

namespace Webhook.Authorization;

/// <summary>
/// Who was allowed to read which Secret a moment ago (<see cref="SecretAuthorizationOptions.AllowedFor"/>). Only what the API server allowed
/// is kept: who was refused and has been given the right since need not wait. Bounded in number, and safe for concurrent use.
/// </summary>
internal sealed class AllowedAnswers(IOptions<SecretAuthorizationOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>So many answers are kept, of some 300 bytes each; with more, others are asked for again.</summary>
    private const int Limit = 10_000;

    private readonly TimeSpan validity = options.Value.AllowedFor;
    private readonly MemoryCache answers = new(new MemoryCacheOptions { SizeLimit = Limit });

    /// <summary>Whether the API server was asked not longer ago than an answer counts, and allowed it.</summary>
    public bool Contains(RequestingUser user, NamespacedName secret) =>
        answers.TryGetValue((user, secret), out long asked) && time.GetElapsedTime(asked) < validity;

    /// <summary>Keeps an answer.</summary>
    /// <param name="user">Who may.</param>
    /// <param name="secret">Read what.</param>
    /// <param name="asked">When the question was sent, as <see cref="TimeProvider.GetTimestamp"/> had it: the answer may be of that moment.</param>
    public void Add(RequestingUser user, NamespacedName secret, long asked)
    {
        if (validity > TimeSpan.Zero)
        {
            // The cache throws away by the clock of the wall, which may be set; what counts is the time that has passed.
            answers.Set((user, secret), asked, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = validity });
        }
    }

    /// <inheritdoc/>
    public void Dispose() => answers.Dispose();
}
