namespace Provisioning.Kubernetes;

/// <summary>Says in one sentence what went wrong on the way to the API server, for health checks.</summary>
internal static class Failure
{
    /// <summary>The texts of the exception and of those behind it, which say more ("connection refused", "name does not match").</summary>
    public static string Describe(Exception exception)
    {
        if (exception is KubernetesApiException api)
        {
            return api.Reason.Length == 0 ? api.Message : $"{(int)api.StatusCode} {api.Reason}: {api.Message}";
        }

        var texts = new List<string>();
        for (var current = exception; current is not null && texts.Count < 3; current = current.InnerException)
        {
            if (!texts.Exists(text => text.Contains(current.Message, StringComparison.Ordinal)))
            {
                texts.Add(current.Message);
            }
        }

        return string.Join(" - ", texts);
    }
}
