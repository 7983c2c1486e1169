namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary>An entry of a kubeconfig, and the file that it stands in.</summary>
/// <param name="Value">The entry.</param>
/// <param name="File">The full path; relative paths of the entry start at its folder.</param>
internal sealed record KubeconfigEntry<T>(T Value, string File)
{
    /// <summary>The full path of a file that the entry names.</summary>
    public string Resolve(string path) => Path.GetFullPath(path, Path.GetDirectoryName(File)!);
}

/// <summary>
/// What one or more kubeconfigs say together, by kubectl's rules (Kubernetes documentation, "Merging kubeconfig files"): the first file that names a context, a
/// cluster, a user or the current context wins, and nothing of a later entry of that name counts, not even what the first does not have.
/// </summary>
internal sealed record MergedKubeconfig
{
    /// <summary>What names it in messages: its path, or all of them as <c>KUBECONFIG</c> has them.</summary>
    public required string Source { get; init; }

    /// <summary>Null: no file has one.</summary>
    public string? CurrentContext { get; init; }

    /// <summary>By name.</summary>
    public required IReadOnlyDictionary<string, KubeconfigEntry<KubeconfigFile.Context>> Contexts { get; init; }

    /// <summary>By name.</summary>
    public required IReadOnlyDictionary<string, KubeconfigEntry<KubeconfigFile.Cluster>> Clusters { get; init; }

    /// <summary>By name.</summary>
    public required IReadOnlyDictionary<string, KubeconfigEntry<KubeconfigFile.User>> Users { get; init; }

    /// <summary>Merges. Pure.</summary>
    /// <param name="files">The files with their full paths, the one that wins first.</param>
    /// <exception cref="KubernetesConfigurationException">A file has a name twice, which kubectl refuses, too: nobody knows which is meant.</exception>
    public static MergedKubeconfig Of(IReadOnlyList<(string Path, KubeconfigFile Content)> files) => new()
    {
        Source = string.Join(Path.PathSeparator, files.Select(file => file.Path)),
        CurrentContext = files.Select(file => file.Content.CurrentContext).FirstOrDefault(name => !string.IsNullOrEmpty(name)),
        Contexts = Merge(files, "contexts", file => file.Contexts?.Select(entry => (entry?.Name, entry?.Context))),
        Clusters = Merge(files, "clusters", file => file.Clusters?.Select(entry => (entry?.Name, entry?.Cluster))),
        Users = Merge(files, "users", file => file.Users?.Select(entry => (entry?.Name, entry?.User))),
    };

    private static Dictionary<string, KubeconfigEntry<T>> Merge<T>(
        IReadOnlyList<(string Path, KubeconfigFile Content)> files, string key, Func<KubeconfigFile, IEnumerable<(string? Name, T? Value)>?> entries)
        where T : class, new()
    {
        var merged = new Dictionary<string, KubeconfigEntry<T>>(StringComparer.Ordinal);
        foreach (var (path, content) in files)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (name, value) in entries(content) ?? [])
            {
                if (name is null)
                {
                    continue;
                }

                if (!names.Add(name))
                {
                    throw new KubernetesConfigurationException($"{path}: {key}", $"has \"{name}\" twice; remove one of them.");
                }

                merged.TryAdd(name, new KubeconfigEntry<T>(value ?? new T(), path));
            }
        }

        return merged;
    }
}
