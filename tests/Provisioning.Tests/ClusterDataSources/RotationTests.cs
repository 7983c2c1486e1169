using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>A password is replaced on request, and the former one works until nobody uses it any more.</summary>
public sealed class RotationTests
{
    private const string First = "kine_" + World.Schema;
    private const string Second = "kine2_" + World.Schema;

    private static readonly TimeSpan Grace = new ClusterDataSourceOptions().RetireGracePeriod;
    private readonly World world = new();
    private ClusterDataSourceReconciler reconciler;

    public RotationTests() => reconciler = world.NewReconciler();

    private IEnumerable<string> Said => world.Events.Select(happened => happened.Reason);

    [Fact]
    public async Task The_new_DSN_stands_under_a_new_name_and_both_passwords_work()
    {
        var before = await ReadyAsync();

        await RequestAsync("one");

        Assert.Matches("^berlin-kine-[0-9a-f]{10}$", world.Status.KineDataSourceSecret);
        Assert.True(world.Status is { Ready: true, Error: null });
        Assert.Equal(world.Dsn("berlin-kine"), world.Dsn(world.Status.KineDataSourceSecret!));
        Assert.Equal(Second, KineDsn.Parse(world.Dsn("berlin-kine"))!.Role.Value);
        Assert.True(LogsIn(world, before) && LogsIn(world, world.Dsn("berlin-kine")));
        Assert.Null(world.Secret("berlin-kine-next"));
        Assert.Equal("one", world.Secret("berlin-kine")!.Metadata.Annotations![AnnotationNames.Rotated]);
        Assert.Contains("CredentialsRotated", Said);
    }

    [Fact]
    public async Task A_request_is_carried_out_once_also_by_a_controller_that_has_just_started()
    {
        await ReadyAsync();
        await RequestAsync("one");
        var rotated = world.Dsn("berlin-kine");

        reconciler = world.NewReconciler();
        await RunAsync(Grace, Grace, Grace);

        Assert.Equal(rotated, world.Dsn("berlin-kine"));
        Assert.Single(Said, reason => reason == "CredentialsRotated");
    }

    [Fact]
    public async Task A_request_that_was_there_from_the_beginning_asks_for_nothing()
    {
        world.PutClusterDataSource();
        world.Annotate(AnnotationNames.Rotate, "one");
        await RunAsync(TimeSpan.Zero, TimeSpan.Zero);

        Assert.Equal(First, KineDsn.Parse(world.Dsn("berlin-kine"))!.Role.Value);
        Assert.Equal("berlin-kine", world.Status.KineDataSourceSecret);
    }

    [Fact]
    public async Task The_former_password_goes_when_the_release_names_the_new_Secret_and_nobody_was_seen_for_the_whole_period()
    {
        var before = await ReadyAsync();
        world.PutRelease("berlin-kine");
        await RequestAsync("one");
        UseFormer(sessions: 3);

        await RunAsync(Grace, Grace);
        Assert.Contains(world.Events, happened => happened.Reason == "FormerCredentialsInUse" && happened.Note.Contains("sessions", StringComparison.Ordinal));
        UseFormer(sessions: 0);
        await RunAsync(Grace, Grace);
        Assert.Contains(world.Events, happened => happened.Reason == "FormerCredentialsInUse" && happened.Note.Contains("HelmRelease tenant/berlin still names Secret berlin-kine", StringComparison.Ordinal));
        Assert.True(LogsIn(world, before));

        world.PutRelease(world.Status.KineDataSourceSecret!);
        await RunAsync(TimeSpan.Zero, Grace / 2);
        UseFormer(sessions: 1);
        await RunAsync(TimeSpan.Zero);
        UseFormer(sessions: 0);
        await RunAsync(TimeSpan.Zero, Grace - TimeSpan.FromSeconds(1));
        Assert.True(LogsIn(world, before));

        await RunAsync(TimeSpan.FromSeconds(1), TimeSpan.Zero);
        Assert.False(LogsIn(world, before));
        Assert.True(LogsIn(world, world.Dsn("berlin-kine")));
        Assert.Single(Said, reason => reason == "FormerCredentialsRetired");
        Assert.Equal(new ReconciliationOptions().ResyncPeriod, await RunAsync(TimeSpan.Zero));
    }

    [Fact]
    public async Task The_next_request_waits_visibly_and_then_goes_back_to_the_first_role()
    {
        await ReadyAsync();
        await RequestAsync("one");
        UseFormer(sessions: 1);
        var second = world.Dsn("berlin-kine");
        await RequestAsync("two");
        Assert.Equal(second, world.Dsn("berlin-kine"));
        Assert.Contains("RotationWaits", Said);

        UseFormer(sessions: 0);
        await RunAsync(TimeSpan.Zero, Grace, TimeSpan.Zero, TimeSpan.Zero);

        Assert.Equal(First, KineDsn.Parse(world.Dsn("berlin-kine"))!.Role.Value);
        Assert.True(LogsIn(world, second) && LogsIn(world, world.Dsn("berlin-kine")));
        Assert.Equal("two", world.Secret("berlin-kine")!.Metadata.Annotations![AnnotationNames.Rotated]);
    }

    [Fact]
    public async Task A_cluster_whose_server_is_away_begins_no_rotation_and_says_so()
    {
        var before = await ReadyAsync();
        world.Postgres.Failure = new TimeoutException();
        await RequestAsync("one");

        Assert.Contains("RotationWaits", Said);
        Assert.Equal(before, world.Dsn("berlin-kine"));
        Assert.Null(world.Secret("berlin-kine-next"));

        world.Postgres.Failure = null;
        await RunAsync(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        Assert.False(before == world.Dsn("berlin-kine"));
    }

    [Fact]
    public async Task A_strangers_role_is_an_error_that_leaves_the_cluster_ready_and_taking_the_request_back_ends_it()
    {
        var before = await ReadyAsync();
        world.Server.Roles[Second] = new FakeRole("somebody else's", "");
        await RequestAsync("one");

        Assert.True(world.Status.Ready);
        Assert.StartsWith("NameConflict: ", world.Status.Error, StringComparison.Ordinal);
        Assert.Equal(before, world.Dsn("berlin-kine"));

        world.Annotate(AnnotationNames.Rotate, null);
        await RunAsync(TimeSpan.Zero, TimeSpan.Zero);
        Assert.True(world.Status is { Ready: true, Error: null });
        Assert.Null(world.Secret("berlin-kine-next"));
        Assert.Contains("RotationCanceled", Said);
        Assert.Equal("somebody else's", world.Server.Roles[Second].Mark);
    }

    [Fact]
    public async Task In_the_middle_of_a_rotation_a_cluster_moves_to_a_server_that_knows_only_the_former_role()
    {
        await ReadyAsync();
        await RequestAsync("one");
        UseFormer(sessions: 1);
        world.Restored.Databases[World.Schema] = world.Postgres.Wanted!.Mark.Text;
        world.Restored.Roles[First] = world.Server.Roles[First] with { Sessions = 0 };
        var former = world.Restored.Roles[First].Password;

        world.PointTo("restored");
        await RunAsync(TimeSpan.Zero);

        Assert.True(world.Status is { Ready: true, Error: null });
        Assert.True(LogsIn(world, world.Dsn("berlin-kine"), world.Restored));
        Assert.Equal(former, world.Restored.Roles[First].Password);
        await RunAsync(TimeSpan.Zero, Grace, TimeSpan.Zero);
        Assert.False(world.Restored.Roles[First].CanLogin);
    }

    [Fact]
    public async Task A_deletion_in_the_middle_takes_both_roles_and_every_Secret()
    {
        await ReadyAsync();
        await RequestAsync("one");
        world.DeleteClusterDataSource();
        await RunAsync(TimeSpan.Zero);

        Assert.Empty(world.Server.Roles);
        Assert.Single(world.Server.Databases);
        Assert.DoesNotContain(world.Kubernetes.All<Secret>(), secret => secret.Metadata.Name!.StartsWith("berlin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_leader_that_carried_the_request_out_meanwhile_is_noticed()
    {
        var before = await ReadyAsync();
        world.Annotate(AnnotationNames.Rotate, "one");
        var raced = false;
        world.Kubernetes.OnRequest = (verb, plural, name) =>
        {
            if (!raced && (verb, plural, name.Name) == ("create", "secrets", "berlin-kine-next"))
            {
                // All of it, from beginning to end, right before we create ours.
                raced = true;
                world.NewReconciler().ReconcileAsync(World.Key, CancellationToken.None).GetAwaiter().GetResult();
            }
        };

        await RunAsync(TimeSpan.Zero);
        var rotated = world.Dsn("berlin-kine");
        await RunAsync(TimeSpan.Zero, TimeSpan.Zero);

        Assert.True(raced);
        Assert.Equal(rotated, world.Dsn("berlin-kine"));
        Assert.Null(world.Secret("berlin-kine-next"));
        Assert.True(LogsIn(world, before) && LogsIn(world, rotated) && LogsIn(world, world.Dsn(world.Status.KineDataSourceSecret!)));
    }

    private async Task<string> ReadyAsync()
    {
        world.PutClusterDataSource();
        await RunAsync(TimeSpan.Zero);
        Assert.True(world.Status.Ready);
        return world.Dsn("berlin-kine");
    }

    private async Task RequestAsync(string value)
    {
        world.Annotate(AnnotationNames.Rotate, value);
        await RunAsync(TimeSpan.Zero);
    }

    /// <summary>Looks after each of the waits; the result is the wait until the next.</summary>
    private async Task<TimeSpan?> RunAsync(params TimeSpan[] waits)
    {
        ReconcileResult? result = null;
        foreach (var wait in waits)
        {
            world.Time.Advance(wait);

            // The informer is told of a change before the controller is.
            world.Cache.Items.Clear();
            world.Cache.Items.AddRange(world.Kubernetes.All<ClusterDataSource>());
            result = await reconciler.ReconcileAsync(World.Key, TestContext.Current.CancellationToken);
        }

        return result?.RequeueAfter;
    }

    private void UseFormer(int sessions) => world.Server.Roles[First] = world.Server.Roles[First] with { Sessions = sessions };

    internal static bool LogsIn(World world, string dsn, FakeServer? server = null) =>
        KineDsn.Parse(dsn) is { } parsed
        && (server ?? world.Server).Roles.TryGetValue(parsed.Role.Value, out var role)
        && role.CanLogin
        && role.Password == parsed.Password.Reveal();
}
