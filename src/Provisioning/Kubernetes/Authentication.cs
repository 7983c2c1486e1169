namespace Provisioning.Kubernetes;

/// <summary>Finds out what to show the API server now, and after it was refused. Safe for concurrent use.</summary>
internal sealed class Authentication(KubernetesConnection connection)
{
    /// <summary>The credential to use now. May run a credential plugin, which may take as long as a person needs to log in.</summary>
    /// <exception cref="KubernetesConfigurationException">The credential plugin did not give one.</exception>
    public ValueTask<Credential> GetAsync(CancellationToken cancellationToken) =>
        connection.Plugin is { } plugin ? plugin.GetAsync(cancellationToken) : ValueTask.FromResult(Static());

    /// <summary>The API server refused a credential.</summary>
    /// <returns>Another one to try; null: there is none.</returns>
    /// <exception cref="KubernetesConfigurationException">The credential plugin did not give one.</exception>
    public async ValueTask<Credential?> RenewAsync(Credential refused, CancellationToken cancellationToken)
    {
        if (connection.Plugin is { } plugin)
        {
            return await plugin.RenewAsync(refused, cancellationToken);
        }

        return refused.Token is { } token && connection.Token!.RenewAfterRefusal(token) ? Static() : null;
    }

    // The certificate of a kubeconfig is shown beside whatever a plugin gives: it need not be told apart from none.
    private Credential Static() => new(connection.Token?.Current(), Certificate: null);
}
