namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary>
/// A user's credential plugin (KEP-541). It is asked when a credential is first needed, when the one it gave has expired, and when the API server has refused that
/// one; in between its answer is kept in memory only. Safe for concurrent use: it never runs twice at a time.
/// </summary>
/// <param name="command">Asks the plugin.</param>
/// <param name="time">Tells when an answer has expired.</param>
internal sealed class CredentialPlugin(Func<CancellationToken, Task<ExecAnswer>> command, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private volatile ExecAnswer? held;

    /// <summary>The credential to use now.</summary>
    /// <exception cref="KubernetesConfigurationException">The plugin did not give one.</exception>
    public ValueTask<Credential> GetAsync(CancellationToken cancellationToken) =>
        held is { } answer && IsValid(answer) ? ValueTask.FromResult(answer.Credential) : AskAsync(cancellationToken);

    /// <summary>The API server refused a credential of the plugin.</summary>
    /// <returns>Another one to try; null: the plugin gave the same again.</returns>
    /// <exception cref="KubernetesConfigurationException">The plugin did not give one.</exception>
    public async ValueTask<Credential?> RenewAsync(Credential refused, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (held is null || held.Credential == refused)
            {
                await RunAsync(cancellationToken);
            }

            return held!.Credential == refused ? null : held.Credential;
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    private async ValueTask<Credential> AskAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (held is not { } answer || !IsValid(answer))
            {
                await RunAsync(cancellationToken);
            }

            return held!.Credential;
        }
        finally
        {
            gate.Release();
        }
    }

    // Under the gate. The same certificate stays the same object: connections that were made with it go on.
    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var answer = await command(cancellationToken);
        var former = held?.Credential.Certificate;
        held = former is not null && answer.Credential.Certificate is { } now && now.Certificate.RawDataMemory.Span.SequenceEqual(former.Certificate.RawDataMemory.Span)
            ? answer with { Credential = answer.Credential with { Certificate = former } }
            : answer;
    }

    private bool IsValid(ExecAnswer answer) => answer.Expiration is not { } expiration || time.GetUtcNow() < expiration;
}
