using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary>Reads kubeconfigs.</summary>
internal static class KubeconfigReader
{
    /// <summary>One file, which must exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">The option that names it.</param>
    /// <exception cref="KubernetesConfigurationException">It is missing or unusable.</exception>
    public static MergedKubeconfig Read(string path, string source) => MergedKubeconfig.Of([Parse(path, ConfigurationFile.ReadText(path, source))]);

    /// <summary>The files of <c>KUBECONFIG</c>. As kubectl does, those that do not exist are passed over as long as one does.</summary>
    /// <exception cref="KubernetesConfigurationException">None exists, or one that does is unusable.</exception>
    public static MergedKubeconfig ReadList(string variable)
    {
        var paths = variable.Split(Path.PathSeparator).Where(path => path.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        var existing = paths.Where(Path.Exists).ToList();
        return existing.Count > 0
            ? MergedKubeconfig.Of([.. existing.Select(path => Parse(path, ConfigurationFile.ReadText(path, "KUBECONFIG")))])
            : throw new KubernetesConfigurationException(
                $"KUBECONFIG ({variable})", paths.Count == 1 ? "the file does not exist; correct the path." : "none of the files exists; correct the paths.");
    }

    private static (string Path, KubeconfigFile Content) Parse(string path, string text)
    {
        try
        {
            // The unquoted numbers and truth values of extensions are what they look like: they are handed on as JSON.
            var content = new DeserializerBuilder().IgnoreUnmatchedProperties().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<KubeconfigFile?>(text);
            return content is null ? throw new KubernetesConfigurationException(path, "is empty; put a kubeconfig there.") : (Path.GetFullPath(path), content);
        }
        catch (YamlException exception)
        {
            // The parser's own text may quote the line, which may hold a credential.
            throw new KubernetesConfigurationException(
                path, $"is not a kubeconfig (YAML): look at line {exception.Start.Line}, column {exception.Start.Column}.");
        }
    }
}
