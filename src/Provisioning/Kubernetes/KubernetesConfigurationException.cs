namespace Provisioning.Kubernetes;

/// <summary>
/// The process cannot know how to reach the Kubernetes API: the kubeconfig or the pod's ServiceAccount is missing or unusable. The
/// message is one line that names the file or the option and the mend, and never holds a credential. Thrown when the host starts.
/// </summary>
public sealed class KubernetesConfigurationException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="source">The file, option or environment variable at fault.</param>
    /// <param name="problem">What is wrong with it and how to mend it.</param>
    public KubernetesConfigurationException(string source, string problem)
        : base($"{source}: {problem}") => Subject = source;

    /// <summary>The file, option or environment variable at fault.</summary>
    public string Subject { get; }
}
