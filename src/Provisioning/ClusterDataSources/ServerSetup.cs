using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Brings the server to a plan, and publishes the plan's Secrets once the server is ready.</summary>
internal sealed class ServerSetup(IDatabaseProvisioner provisioner, SecretPublication publication)
{
    /// <summary>Goes as far as possible. Throws when the API server fails or somebody changed the object meanwhile.</summary>
    /// <returns>The outcome, and the object as it is stored after it.</returns>
    public async Task<(ClusterDataSource Current, Outcome Outcome)> RunAsync(ClusterDataSource current, SetupPlan plan, CancellationToken cancellationToken)
    {
        ProvisioningOutcome outcome;
        try
        {
            outcome = await provisioner.ProvisionAsync(plan.Found.Server, plan.Database, cancellationToken);
        }
        catch (Exception exception) when (ServerProblem.From(exception, cancellationToken) is { } problem)
        {
            return (current, new Outcome.Failed(problem));
        }

        return outcome switch
        {
            ProvisioningOutcome.Ready ready => await publication.PublishAsync(current, plan, ready, cancellationToken),
            ProvisioningOutcome.Refused refused => (current, new Outcome.Failed(new Problem(refused.Reason, refused.Message))),
            _ => (current, new Outcome.Busy()),
        };
    }
}
