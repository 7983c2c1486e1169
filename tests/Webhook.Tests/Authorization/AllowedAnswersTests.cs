using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Provisioning.Kubernetes;
using Webhook.Authorization;
using Webhook.Tests.Validation;

namespace Webhook.Tests.Authorization;

/// <summary>What was allowed counts for a second, to the same user, for the same Secret, and nothing else does.</summary>
public sealed class AllowedAnswersTests : IDisposable
{
    private static readonly RequestingUser Jane = User("jane", "1", ["a", "b"], ("k", ["v"]));

    private readonly InMemoryCluster cluster = new InMemoryCluster().Grant("jane", "a", "x");
    private readonly ElapsedTime time = new();
    private readonly ServiceProvider services;

    public AllowedAnswersTests() => services = AuthorizationWorld.Services(cluster, time);

    [Fact]
    public async Task Who_was_allowed_is_not_asked_about_again_within_the_second()
    {
        for (var request = 0; request < 10; request++)
        {
            Assert.True(await MayAsync(Jane));
            time.Advance(TimeSpan.FromMilliseconds(99));
        }

        Assert.Single(cluster.AccessReviews);
    }

    [Fact]
    public async Task What_was_revoked_is_forbidden_a_second_after_it_was_asked_for_however_often_it_is_used()
    {
        Assert.True(await MayAsync(Jane));
        cluster.Revoke("jane", "a", "x");
        time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.True(await MayAsync(Jane));
        time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(await MayAsync(Jane));
    }

    [Fact]
    public async Task The_second_begins_when_the_question_is_sent_for_the_answer_may_be_of_that_moment()
    {
        cluster.BeforeAnswer = () => time.Advance(TimeSpan.FromMilliseconds(600));
        Assert.True(await MayAsync(Jane));
        time.Advance(TimeSpan.FromMilliseconds(400));

        Assert.True(await MayAsync(Jane));

        Assert.Equal(2, cluster.AccessReviews.Count);
    }

    [Fact]
    public async Task Who_was_refused_and_is_given_the_right_need_not_wait()
    {
        cluster.Revoke("jane", "a", "x");
        Assert.False(await MayAsync(Jane));
        cluster.Grant("jane", "a", "x");

        Assert.True(await MayAsync(Jane));
    }

    [Fact]
    public async Task A_failure_allows_nothing_afterwards()
    {
        cluster.Failures["subjectaccessreviews"] = InMemoryCluster.Error(HttpStatusCode.InternalServerError);
        await Assert.ThrowsAsync<KubernetesApiException>(() => MayAsync(Jane));
        cluster.Failures.Clear();
        cluster.Revoke("jane", "a", "x");

        Assert.False(await MayAsync(Jane));
    }

    [Fact]
    public async Task Another_user_or_another_Secret_is_asked_about()
    {
        Assert.True(await MayAsync(Jane));
        RequestingUser[] others =
        [
            User("Jane", "1", ["a", "b"], ("k", ["v"])),
            User("jane", "2", ["a", "b"], ("k", ["v"])),
            User("jane", "1", ["a"], ("k", ["v"])),
            User("jane", "1", ["a", "c"], ("k", ["v"])),
            User("jane", "1", ["a", "b"]),
            User("jane", "1", ["a", "b"], ("k", ["w"])),
            User("jane", "1", ["a", "b"], ("l", ["v"])),
            User("jane", "1", ["a", "b"], ("k", ["v", "v"])),
        ];
        foreach (var other in others)
        {
            await MayAsync(other);
        }

        Assert.False(await MayAsync(Jane, "y"));
        Assert.Equal(1 + others.Length + 1, cluster.AccessReviews.Count);
        Assert.True(await MayAsync(User("jane", "1", ["a", "b"], ("k", ["v"]))));
        Assert.Equal(1 + others.Length + 1, cluster.AccessReviews.Count);
    }

    [Fact]
    public async Task With_a_time_of_zero_each_request_asks_anew()
    {
        using var none = AuthorizationWorld.Services(cluster, time, ("Authorization:AllowedFor", "00:00:00"));
        Assert.True(await MayAsync(Jane, "x", none));
        cluster.Revoke("jane", "a", "x");

        Assert.False(await MayAsync(Jane, "x", none));
    }

    [Fact]
    public async Task Beyond_the_limit_users_are_asked_about_again_and_memory_does_not_grow()
    {
        var answers = services.GetRequiredService<AllowedAnswers>();
        for (var number = 0; number < 30_000; number++)
        {
            answers.Add(Jane, new NamespacedName("a", $"{number}"), time.GetTimestamp());
        }

        Assert.InRange(Enumerable.Range(0, 30_000).Count(number => answers.Contains(Jane, new NamespacedName("a", $"{number}"))), 0, 10_000);
        Assert.True(await MayAsync(Jane));
    }

    public void Dispose() => services.Dispose();

    private static RequestingUser User(string name, string uid, string[] groups, params (string Key, string[] Values)[] extra) =>
        new(name, uid, groups, extra.ToDictionary(item => item.Key, item => (IReadOnlyList<string>)item.Values, StringComparer.Ordinal));

    private async Task<bool> MayAsync(RequestingUser user, string secret = "x", ServiceProvider? provider = null)
    {
        var forbidden = await (provider ?? services).GetRequiredService<SecretAuthorizer>()
            .FindForbiddenAsync(user, [new NamespacedName("a", secret)], TestContext.Current.CancellationToken);
        return forbidden.Count == 0;
    }
}
