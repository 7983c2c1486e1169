using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Webhook.Validation;

/// <summary>Looks whether a DataSource that another object names exists. Only warns: objects may be applied in any order.</summary>
internal sealed class DataSourceLookup(IKubernetesClient client, TimeProvider time, ILogger<DataSourceLookup> logger)
{
    // A warning is not worth the time that the decision may need.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The warnings about a reference: none when the DataSource exists or when nobody could tell.</summary>
    public async Task<IReadOnlyList<string>> FindWarningsAsync(string field, NamespacedName dataSource, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            _ = await client.GetAsync<DataSource>(dataSource, either.Token);
            return [];
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return [MissingWarning(field, dataSource.Name)];
        }
        catch (Exception exception) when (Decisions.IsNoAnswer(exception, cancellationToken))
        {
            logger.DataSourceNotLookedUp(exception, dataSource);
            return [];
        }
    }

    /// <summary>The warning about a missing DataSource.</summary>
    public static string MissingWarning(string field, string name) => Decisions.Fill(Refusals.MissingDataSource, field, name);
}
