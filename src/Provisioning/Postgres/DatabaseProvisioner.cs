using Microsoft.Extensions.Logging;
using Npgsql;
using static Provisioning.Postgres.ProvisioningStep;

namespace Provisioning.Postgres;

/// <summary>Observes, plans and applies until nothing differs: the last round is the proof that the earlier ones had an effect.</summary>
internal sealed class DatabaseProvisioner(
    ServerConnector connector, ServerGate gate, StepExecutor executor, RoleRelease release, ILogger<DatabaseProvisioner> logger)
    : IDatabaseProvisioner
{
    /// <summary>Making everything takes three; others who change the same things at the same time may cost some more.</summary>
    private const int MaxRounds = 8;

    private readonly DatabaseObserver observer = new(connector);

    /// <inheritdoc/>
    public async Task<ProvisioningOutcome> ProvisionAsync(PostgresServer server, KineDatabase wanted, CancellationToken cancellationToken)
    {
        using var entry = gate.TryEnter(server);
        if (entry is null)
        {
            return new ProvisioningOutcome.Busy();
        }

        await using var maintenance = await connector.OpenMaintenanceAsync(server, cancellationToken);
        await using var databaseLock = await DatabaseLock.TryTakeAsync(maintenance, wanted.Database, cancellationToken);
        if (databaseLock is null)
        {
            return new ProvisioningOutcome.Busy();
        }

        var outcome = await ConvergeAsync(maintenance, At(maintenance, server), wanted, cancellationToken);
        if (maintenance.IsPooled)
        {
            outcome = ProvisioningWarnings.BehindPooler(outcome);
        }

        if (outcome is ProvisioningOutcome.Refused refused)
        {
            logger.Refused(wanted.Database, refused.Reason, refused.Message);
        }

        return outcome;
    }

    /// <inheritdoc/>
    public async Task<ReleaseOutcome> ReleaseAsync(PostgresServer server, ReleaseRequest request, CancellationToken cancellationToken)
    {
        using var entry = gate.TryEnter(server);
        if (entry is null)
        {
            return new ReleaseOutcome.Busy();
        }

        await using var maintenance = await connector.OpenMaintenanceAsync(server, cancellationToken);
        await using var databaseLock = await DatabaseLock.TryTakeAsync(maintenance, request.Database, cancellationToken);
        if (databaseLock is null)
        {
            return new ReleaseOutcome.Busy();
        }

        return await release.RunAsync(maintenance, At(maintenance, server), request, cancellationToken);
    }

    /// <summary>
    /// Every further session goes where the lock is held. Of several endpoints Npgsql would also tell their failures as one, and a refused
    /// password among them would look like an unreachable server.
    /// </summary>
    private static PostgresServer At(AdminSession maintenance, PostgresServer server) => server with { Endpoints = [maintenance.Endpoint] };

    private async Task<ProvisioningOutcome> ConvergeAsync(
        AdminSession maintenance, PostgresServer server, KineDatabase wanted, CancellationToken cancellationToken)
    {
        await using var inside = new ClusterSession(connector, server, wanted.Database);
        var taken = new List<string>();
        var passwordWasSet = false;
        var isAccepted = false;
        IReadOnlyList<ProvisioningStep> steps = [];
        for (var round = 1; round <= MaxRounds; round++)
        {
            try
            {
                var observed = await observer.ObserveAsync(maintenance, inside, server, wanted, cancellationToken);
                var plan = ProvisioningPlanner.Plan(wanted, observed);
                if (plan is ProvisioningPlan.Refuse refuse)
                {
                    foreach (var foreign in refuse.ForeignMarks)
                    {
                        logger.MarkedForAnother(foreign.Kind, foreign.Name, foreign.Text);
                    }

                    return new ProvisioningOutcome.Refused(refuse.Reason, refuse.Message);
                }

                if (!isAccepted && wanted.Accepted is { } accepted)
                {
                    await accepted(cancellationToken);
                }

                isAccepted = true;
                steps = ((ProvisioningPlan.Apply)plan).Steps;
                if (steps.Count == 0)
                {
                    return Conclude(wanted, observed, taken);
                }

                if (passwordWasSet && steps is [SetPassword])
                {
                    return new ProvisioningOutcome.Refused(
                        PostgresReasons.RoleLoginRefused,
                        $"role {wanted.LoginRole} cannot log in to database {wanted.Database} although its password was just set: pg_hba.conf must let it in by scram-sha-256 over TLS");
                }

                await executor.ExecuteAsync(maintenance, inside, observed.Admin.ServerVersion, steps, taken, cancellationToken);
                passwordWasSet |= steps.Any(step => step is SetPassword);
            }
            catch (PostgresException exception) when (SqlStates.MeansReadAgain(exception.SqlState) && round < MaxRounds)
            {
                // Whatever it was: the database may be another one now.
                await inside.DisposeAsync();
                logger.ReadingAgain(wanted.Database, exception.SqlState);
            }
        }

        return new ProvisioningOutcome.Refused(
            PostgresReasons.StatementHadNoEffect,
            $"the server accepted statements without effect ({string.Join("; ", steps.Select(step => step.Description))}): the admin role lacks a privilege, or something undoes the changes");
    }

    private static ProvisioningOutcome Conclude(KineDatabase wanted, Observation observed, List<string> taken) => observed.Login switch
    {
        // No step is left, so both marks are ours.
        LoginCheck.Works or LoginCheck.RoleIsFull => new ProvisioningOutcome.Ready(taken)
        {
            Warnings = ProvisioningWarnings.Find(wanted, observed),
            Former = ProvisioningPlanner.Former(wanted, observed) is { CanLogin: true } former ? new FormerLogin(wanted.FormerRole!.Value, former.Sessions) : null,
        },
        LoginCheck.NotLetIn => new ProvisioningOutcome.Refused(
            PostgresReasons.RoleLoginRefused,
            $"the server does not let role {wanted.LoginRole} into database {wanted.Database}, whatever its password: pg_hba.conf must let it in by scram-sha-256 over TLS"),
        _ => new ProvisioningOutcome.Refused(
            PostgresReasons.RoleLoginRefused,
            $"role {wanted.LoginRole} does not get into database {wanted.Database} although every privilege is granted: look at the server's log"),
    };
}
