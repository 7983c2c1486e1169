using System.Threading.Channels;
using Webhook.Authorization;

namespace Webhook.Tests.Authorization;

/// <summary>A shared answer must be as good as one's own: never older than the question, never somebody else's.</summary>
public sealed class SharedQuestionsTests
{
    private readonly Channel<Asked> asked = Channel.CreateUnbounded<Asked>();
    private readonly SharedQuestions<string, bool> questions;

    public SharedQuestionsTests() => questions = new(SendAsync, atATime: 1);

    [Fact]
    public async Task What_was_revoked_before_somebody_asked_is_not_allowed_to_them()
    {
        var before = AskAsync("q");
        var after = AskAsync("q");

        // The first question was on its way when the right was taken away.
        (await SentAsync()).Answer.SetResult(true);
        Assert.True(await before);
        var second = await SentAsync();
        Assert.False(after.IsCompleted);
        second.Answer.SetResult(false);

        Assert.False(await after);
    }

    [Fact]
    public async Task All_who_come_while_a_question_is_on_its_way_share_the_next_one()
    {
        var first = AskAsync("q");
        var others = Enumerable.Range(0, 50).Select(_ => AskAsync("q")).ToList();

        (await SentAsync()).Answer.SetResult(true);
        (await SentAsync()).Answer.SetResult(true);

        Assert.True(await first);
        Assert.All(await Task.WhenAll(others), Assert.True);
        Assert.False(asked.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Nobody_waits_for_others_while_fewer_are_on_their_way_than_may_be()
    {
        var several = new SharedQuestions<string, bool>(SendAsync, atATime: 2);
        var waiting = Enumerable.Range(0, 10).Select(_ => several.AskAsync("q", TestContext.Current.CancellationToken)).ToList();
        var (first, second) = (await SentAsync(), await SentAsync());
        Assert.False(asked.Reader.TryRead(out _));

        // The first is lost: the others go on by the second.
        second.Answer.SetResult(true);
        Assert.True(await waiting[1]);
        (await SentAsync()).Answer.SetResult(true);
        Assert.All(await Task.WhenAll(waiting[2..]), Assert.True);
        Assert.False(waiting[0].IsCompleted);
        first.Answer.SetResult(true);

        Assert.True(await waiting[0]);
        Assert.False(asked.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Another_question_waits_for_nobody()
    {
        var one = AskAsync("one");
        var other = AskAsync("other");
        Assert.Equal("one", (await SentAsync()).Question);

        (await SentAsync()).Answer.SetResult(true);

        Assert.True(await other);
        Assert.False(one.IsCompleted);
    }

    [Fact]
    public async Task Nothing_is_remembered_once_it_is_answered()
    {
        var first = AskAsync("q");
        (await SentAsync()).Answer.SetResult(true);
        Assert.True(await first);

        var second = AskAsync("q");
        (await SentAsync()).Answer.SetResult(false);

        Assert.False(await second);
    }

    [Fact]
    public async Task Who_goes_takes_nothing_from_those_who_wait_and_the_last_one_ends_the_question()
    {
        using var impatience = new CancellationTokenSource();
        using var impatienceToo = new CancellationTokenSource();
        var first = AskAsync("q");
        var goes = questions.AskAsync("q", impatience.Token);
        var stays = questions.AskAsync("q", impatienceToo.Token);

        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => goes);
        (await SentAsync()).Answer.SetResult(true);
        Assert.True(await first);
        var second = await SentAsync();
        Assert.False(second.Token.IsCancellationRequested);
        await impatienceToo.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stays);

        Assert.True(second.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task Who_comes_after_all_who_waited_have_gone_is_asked_for_all_the_same()
    {
        using var impatience = new CancellationTokenSource();
        var first = AskAsync("q");
        var goes = questions.AskAsync("q", impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => goes);

        var late = AskAsync("q");
        (await SentAsync()).Answer.SetResult(true);
        Assert.True(await first);
        (await SentAsync()).Answer.SetResult(true);

        Assert.True(await late);
    }

    [Fact]
    public async Task A_failure_is_told_to_those_who_waited_for_it_and_to_nobody_else()
    {
        var first = AskAsync("q");
        var others = Enumerable.Range(0, 3).Select(_ => AskAsync("q")).ToList();

        (await SentAsync()).Answer.SetException(new IOException("made up by the test"));
        await Assert.ThrowsAsync<IOException>(() => first);
        (await SentAsync()).Answer.SetResult(true);

        Assert.All(await Task.WhenAll(others), Assert.True);
    }

    [Fact]
    public void Users_are_the_same_only_when_everything_is()
    {
        var user = User("jane", "1", ["a", "b"], ("k", ["v"]));

        Assert.Equal(user, User("jane", "1", ["a", "b"], ("k", ["v"])));
        Assert.Equal(user.GetHashCode(), User("jane", "1", ["a", "b"], ("k", ["v"])).GetHashCode());
        Assert.All(
            [
                User("Jane", "1", ["a", "b"], ("k", ["v"])),
                User("jane", "2", ["a", "b"], ("k", ["v"])),
                User("jane", "1", ["a"], ("k", ["v"])),
                User("jane", "1", ["a", "c"], ("k", ["v"])),
                User("jane", "1", ["a", "b"]),
                User("jane", "1", ["a", "b"], ("k", ["w"])),
                User("jane", "1", ["a", "b"], ("l", ["v"])),
                User("jane", "1", ["a", "b"], ("k", ["v", "v"])),
            ],
            other => Assert.NotEqual(user, other));
    }

    private static RequestingUser User(string name, string uid, string[] groups, params (string Key, string[] Values)[] extra) =>
        new(name, uid, groups, extra.ToDictionary(item => item.Key, item => (IReadOnlyList<string>)item.Values, StringComparer.Ordinal));

    private Task<bool> AskAsync(string question) => questions.AskAsync(question, TestContext.Current.CancellationToken);

    private Task<bool> SendAsync(string question, CancellationToken cancellationToken)
    {
        var one = new Asked(question, new TaskCompletionSource<bool>(), cancellationToken);
        cancellationToken.Register(() => one.Answer.TrySetCanceled(cancellationToken));
        asked.Writer.TryWrite(one);
        return one.Answer.Task;
    }

    private ValueTask<Asked> SentAsync() => asked.Reader.ReadAsync(TestContext.Current.CancellationToken);

    private sealed record Asked(string Question, TaskCompletionSource<bool> Answer, CancellationToken Token);
}
