using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Injection;

/// <summary>Injects the names of its database's Secrets into a k0smotron Cluster that asks for one by annotation.</summary>
internal sealed class K0smotronClusterHandler(ConsumerInjection consumers) : IMutatingHandler
{
    /// <inheritdoc/>
    public string Group => K0smotronCluster.ResourceType.Group;

    /// <inheritdoc/>
    public string Resource => K0smotronCluster.ResourceType.Plural;

    /// <inheritdoc/>
    public ValueTask<AdmissionDecision> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken) =>
        consumers.DecideAsync(request, _ => ConsumerShape.OfCluster(request.Kind.Version), cancellationToken);
}
