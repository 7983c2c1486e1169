using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Replaces a cluster's password on request, beside a setup that found everything ready, and takes the former one away when nobody uses it
/// any more. Two roles take turns in logging in, so both passwords work meanwhile.
/// <para>
/// The new DSN is stored in a Secret of its own first, which no control plane knows: it holds the password, the request that it is for, and
/// the rotation's place in line, since only one process can create it. Then come the server, the published Secrets, the status, and only
/// then is it deleted. A crash after any step is survived by going on with what it says.
/// </para>
/// </summary>
internal sealed class Rotation(OwnedSecrets secrets, ServerSetup server, FormerLogins formers, RotationReports reports)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>Goes on as far as possible. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    /// <param name="current">As it is stored.</param>
    /// <param name="plan">The setup with the current login.</param>
    /// <param name="ready">What came of it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The outcome, and the object as it is stored after it.</returns>
    public async Task<(ClusterDataSource Current, Outcome Outcome)> RunAsync(
        ClusterDataSource current, SetupPlan plan, Outcome.Ready ready, CancellationToken cancellationToken)
    {
        if (plan.Retiring is { } retired && ready.Former is null)
        {
            // By a process that died before it could say so.
            await SayRetiredAsync(current, retired, cancellationToken);
        }

        var request = SetupPlan.RotationRequest(current);
        if (await FindNextAsync(current, cancellationToken) is { } next)
        {
            return await GoOnAsync(current, plan, ready, next, cancellationToken);
        }

        if (request is null || request == plan.Rotated)
        {
            return await WatchFormerAsync(current, plan, ready, cancellationToken);
        }

        if (ready.Former is not null)
        {
            return await WatchFormerAsync(current, plan, ready, cancellationToken);
        }

        if (!IsSettled(current, ready))
        {
            return (current, ready with { LooksAgainWithin = Soon });
        }

        return await BeginAsync(current, plan, ready, request, cancellationToken);
    }

    /// <summary>Tidies up after the status names the new Secret.</summary>
    public async Task FinishAsync(ClusterDataSource current, Outcome.Ready ready, CancellationToken cancellationToken)
    {
        var names = KineNames.Of(current);
        var next = await FindNextAsync(current, cancellationToken);
        var wellKnown = await FindKineAsync(current, cancellationToken);
        if (next is not null && KinePasswords.Find(next, names) is { } login && login == KinePasswords.Find(wellKnown, names))
        {
            await reports.RotatedAsync(current, login, ready.KineSecret, cancellationToken);
            await secrets.DeleteAsync(current, next, cancellationToken);
        }
    }

    /// <summary>Says that a request is not forgotten while the cluster is not ready.</summary>
    public async Task SayItWaitsAsync(ClusterDataSource current, Problem problem, CancellationToken cancellationToken)
    {
        if (SetupPlan.RotationRequest(current) is not { } request)
        {
            return;
        }

        var wellKnown = await FindKineAsync(current, cancellationToken);
        if (wellKnown?.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.Rotated) != request)
        {
            await reports.WaitsAsync(current, $"the cluster's database is not ready ({problem.Reason})", cancellationToken);
        }
    }

    /// <summary>Whether the status says of this spec what was found just now. Where the cluster was before does not matter: that is remembered long after the move.</summary>
    private static bool IsSettled(ClusterDataSource current, Outcome.Ready ready) =>
        current.Status is { Ready: true, Error: null or "" } status
        && status.ObservedGeneration == current.Metadata.Generation
        && status.KineDataSourceSecret == ready.KineSecret;

    private async Task<(ClusterDataSource Current, Outcome Outcome)> BeginAsync(
        ClusterDataSource current, SetupPlan plan, Outcome.Ready ready, string request, CancellationToken cancellationToken)
    {
        var names = new SecretNames(current.Metadata.Name!);
        var login = new KineLogin(Other(plan), PasswordGenerator.Generate());
        var wanted = plan.Rotate(login, request).Kine with { Name = names.NextKine };
        if (await secrets.EnsureAsync(current, existing: null, wanted, cancellationToken) is { } problem)
        {
            return (current, new Outcome.Failed(AsWarning(problem)));
        }

        // Whoever leads besides us may have carried the same request out, to the end, since we read: then the name was free again.
        var next = await FindNextAsync(current, cancellationToken);
        var wellKnown = await FindKineAsync(current, cancellationToken);
        if (next is null || KinePasswords.Find(wellKnown, plan.Names) != plan.Login)
        {
            if (next is not null && KinePasswords.Find(next, plan.Names) == login)
            {
                await secrets.DeleteAsync(current, next, cancellationToken);
            }

            return (current, new Outcome.Busy());
        }

        return await GoOnAsync(current, plan, ready, next, cancellationToken);
    }

    private async Task<(ClusterDataSource Current, Outcome Outcome)> GoOnAsync(
        ClusterDataSource current, SetupPlan plan, Outcome.Ready ready, Secret next, CancellationToken cancellationToken)
    {
        // Its role is half made, not a former one.
        formers.Forget(current.Key);
        if (!SecretPlan.IsOurs(next, current.Metadata))
        {
            return (current, new Outcome.Failed(AsWarning(new Problem(
                Reasons.SecretConflict, $"Secret {next.Key} exists and does not belong to this ClusterDataSource; delete or rename it, a rotation needs its name"))));
        }

        var login = KinePasswords.Find(next, plan.Names);
        if (login == plan.Login)
        {
            return (current, ready with { CompletesRotation = true, LooksAgainWithin = formers.LookPeriod });
        }

        if (login?.Role != Other(plan) || SetupPlan.RotationRequest(current) is null)
        {
            await secrets.DeleteAsync(current, next, cancellationToken);
            await reports.CanceledAsync(current, cancellationToken);
            return (current, ready with { LooksAgainWithin = Soon });
        }

        var request = next.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.Rotated);
        (current, var outcome) = await server.RunAsync(current, plan.Rotate(login, request), cancellationToken);
        return (current, outcome switch
        {
            Outcome.Ready rotated => rotated with { CompletesRotation = true, LooksAgainWithin = formers.LookPeriod },
            Outcome.Failed { Problem: var problem } => new Outcome.Failed(AsWarning(problem)),
            _ => outcome,
        });
    }

    private async Task<(ClusterDataSource Current, Outcome Outcome)> WatchFormerAsync(
        ClusterDataSource current, SetupPlan plan, Outcome.Ready ready, CancellationToken cancellationToken)
    {
        if (ready.Former is not { } former)
        {
            formers.Forget(current.Key);
            return (current, ready);
        }

        var use = await formers.LookAsync(current, former, ready.KineSecret, cancellationToken);
        if (use.WaitsFor is { } waitsFor)
        {
            if (use.IsNews)
            {
                await reports.InUseAsync(current, former.Role, waitsFor, cancellationToken);
                if (SetupPlan.RotationRequest(current) is { } request && request != plan.Rotated)
                {
                    await reports.WaitsAsync(current, $"the former password, of role {former.Role}, still works", cancellationToken);
                }
            }

            return (current, ready with { LooksAgainWithin = formers.LookPeriod });
        }

        // What is begun is recorded first: a crash after it must not keep anybody from being told.
        if (await FindKineAsync(current, cancellationToken) is { } kine)
        {
            await secrets.AnnotateAsync(current, kine, AnnotationNames.Retiring, former.Role.Value, cancellationToken);
        }

        var retiring = plan with { Database = plan.Database with { RetiresFormer = true } };
        (current, var outcome) = await server.RunAsync(current, retiring, cancellationToken);
        if (outcome is Outcome.Ready { Former: null })
        {
            formers.Forget(current.Key);
            await SayRetiredAsync(current, former.Role.Value, cancellationToken);
        }

        // A request that waited for this begins now.
        return (current, outcome is Outcome.Ready done ? done with { LooksAgainWithin = Soon } : outcome);
    }

    private async Task SayRetiredAsync(ClusterDataSource current, string role, CancellationToken cancellationToken)
    {
        await reports.RetiredAsync(current, role, cancellationToken);
        if (await FindKineAsync(current, cancellationToken) is { } kine)
        {
            await secrets.AnnotateAsync(current, kine, AnnotationNames.Retiring, value: null, cancellationToken);
        }
    }

    private Task<Secret?> FindKineAsync(ClusterDataSource current, CancellationToken cancellationToken) =>
        secrets.FindAsync(current, new SecretNames(current.Metadata.Name!).Kine, cancellationToken);

    private Task<Secret?> FindNextAsync(ClusterDataSource current, CancellationToken cancellationToken) =>
        secrets.FindAsync(current, new SecretNames(current.Metadata.Name!).NextKine, cancellationToken);

    private static PostgresIdentifier Other(SetupPlan plan) => plan.Login.Role == plan.Names.SecondRole ? plan.Names.Role : plan.Names.SecondRole;

    /// <summary>The cluster's database is ready all the same, with the password that it has.</summary>
    private static Problem AsWarning(Problem problem) => problem with { IsTransient = true };
}
