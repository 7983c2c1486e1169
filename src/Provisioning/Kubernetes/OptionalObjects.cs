namespace Provisioning.Kubernetes;

/// <summary>Reads objects that need not be there.</summary>
internal static class OptionalObjects
{
    /// <summary>Reads one object; null: there is no such object, or not even its kind, because its definition is not installed.</summary>
    public static async Task<T?> FindAsync<T>(this IKubernetesClient client, NamespacedName name, CancellationToken cancellationToken)
        where T : class, IResource
    {
        try
        {
            return await client.GetAsync<T>(name, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound || exception.IsUnknownKind)
        {
            return null;
        }
    }
}
