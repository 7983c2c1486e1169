using System.Net;
using Provisioning.Kubernetes;

namespace Provisioning.Inspection;

/// <summary>Reads objects of which some may not exist, and some may be forbidden to whoever asks.</summary>
internal sealed class ObjectReader(IKubernetesClient client)
{
    /// <summary>Reads one. Any other failure than its absence or 403 is thrown.</summary>
    public async Task<Reading<T>> ReadAsync<T>(NamespacedName name, CancellationToken cancellationToken)
        where T : class, IResource
    {
        try
        {
            return new Reading<T>(await client.GetAsync<T>(name, cancellationToken), Forbidden: null);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound || exception.IsUnknownKind)
        {
            return new Reading<T>(Value: null, Forbidden: null);
        }
        catch (KubernetesApiException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
        {
            return new Reading<T>(Value: null, Forbidden: exception.Message);
        }
    }
}

/// <summary>What came of reading an object.</summary>
/// <param name="Value">The object; null: there is none, or it is forbidden.</param>
/// <param name="Forbidden">What the API server said; null: it did not refuse.</param>
internal sealed record Reading<T>(T? Value, string? Forbidden)
    where T : class, IResource
{
    /// <summary>The part of the chain that it is.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="missing">How it is when there is none, with the text.</param>
    /// <param name="judge">How it is when there is one, with the text.</param>
    public ReportLink ToLink(string name, (LinkState State, string Text) missing, Func<T, (LinkState State, string Text)> judge)
    {
        var (state, text) = Forbidden is not null ? (LinkState.Unknown, $"forbidden: {Forbidden}") : Value is null ? missing : judge(Value);
        return new ReportLink(T.ResourceType.Kind, name, state, text);
    }
}
