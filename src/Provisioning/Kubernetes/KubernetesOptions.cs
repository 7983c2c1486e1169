using Microsoft.Extensions.Options;

namespace Provisioning.Kubernetes;

/// <summary>How to reach the Kubernetes API: configuration section <c>Kubernetes</c>.</summary>
public sealed class KubernetesOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Kubernetes";

    /// <summary>
    /// Path of a kubeconfig. Null or empty (the default): the files that the environment variable <c>KUBECONFIG</c> names, merged as
    /// kubectl does, else the ServiceAccount of the pod.
    /// </summary>
    public string? Kubeconfig { get; init; }

    /// <summary>The context of the kubeconfig to use. Null or empty (the default): its <c>current-context</c>.</summary>
    public string? Context { get; init; }

    /// <summary>How long any request but a watch may take, its answer's body included. 1 s to 5 min. Default: 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Checks the section <c>Kubernetes</c> when the process starts; by hand, because generated texts do not name the key.</summary>
internal sealed class KubernetesOptionsValidator : IValidateOptions<KubernetesOptions>
{
    public ValidateOptionsResult Validate(string? name, KubernetesOptions options) =>
        options.RequestTimeout >= TimeSpan.FromSeconds(1) && options.RequestTimeout <= TimeSpan.FromMinutes(5)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Kubernetes:RequestTimeout must be between 00:00:01 and 00:05:00.");
}
