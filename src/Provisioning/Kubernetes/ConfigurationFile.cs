namespace Provisioning.Kubernetes;

/// <summary>Reads the small files that credentials come in.</summary>
internal static class ConfigurationFile
{
    /// <summary>The file's text.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">The option, variable or kubeconfig field that names it.</param>
    /// <exception cref="KubernetesConfigurationException">It does not exist or cannot be read.</exception>
    public static string ReadText(string path, string source)
    {
        var subject = path == source ? path : $"{source} ({path})";
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KubernetesConfigurationException(subject, "the file does not exist; correct the path.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new KubernetesConfigurationException(
                subject, "cannot be read; let the user that runs this process read it, and name a file, not a folder.");
        }
        catch (IOException exception)
        {
            throw new KubernetesConfigurationException(subject, $"cannot be read ({exception.GetType().Name}); check the file and its path.");
        }
    }
}
