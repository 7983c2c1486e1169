using Microsoft.Extensions.Logging;

namespace Provisioning.Postgres;

/// <summary>Carries steps out, in order. A crash between two leaves what the next run goes on from.</summary>
internal sealed class StepExecutor(ILogger<StepExecutor> logger)
{
    /// <summary>Takes the steps.</summary>
    /// <param name="maintenance">The session in the maintenance database, which holds the lock.</param>
    /// <param name="inside">The session in the cluster's database.</param>
    /// <param name="serverVersion"><c>server_version_num</c>.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="taken">Gets the description of each step that was taken.</param>
    /// <param name="cancellationToken">Ends the work between two statements or within one.</param>
    public async Task ExecuteAsync(
        AdminSession maintenance,
        ClusterSession inside,
        int serverVersion,
        IReadOnlyList<ProvisioningStep> steps,
        List<string> taken,
        CancellationToken cancellationToken)
    {
        foreach (var step in steps)
        {
            if (step is ProvisioningStep.SetPassword password)
            {
                await PasswordSetter.SetAsync(await inside.GetAsync(cancellationToken), password, cancellationToken);
            }
            else
            {
                var script = ProvisioningSql.Script(step, serverVersion);
                await RunAsync(script.InDatabase ? await inside.GetAsync(cancellationToken) : maintenance, script, cancellationToken);
            }

            taken.Add(step.Description);
            logger.StepTaken(step.Description, inside.Database);
        }
    }

    private static Task RunAsync(AdminSession session, SqlScript script, CancellationToken cancellationToken) => script.InTransaction
        ? session.ExecuteInTransactionAsync(script.Statements, cancellationToken)
        : session.ExecuteAsync(script.Statements, cancellationToken);
}
