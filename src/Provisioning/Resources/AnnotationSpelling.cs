using Provisioning.Kubernetes;

namespace Provisioning.Resources;

/// <summary>
/// Finds annotations that look like misspelt ones of ours: one that nobody reads does nothing, and nobody says so. The prefix is k0rdent's, which has other keys below it and will
/// have more: only what is near to one of ours is named, and it is a warning. Pure.
/// </summary>
public static class AnnotationSpelling
{
    /// <summary>At most 120 characters when filled in: more is cut off on the way to the user.</summary>
    internal const string Misspelt = "metadata.annotations[{0}]: not known; did you mean {1}?";

    private static string Prefix => "k0rdent.mirantis.com/";

    /// <summary>So many wrong, missing, added or swapped letters are a slip; in short names one.</summary>
    private const int MaxSlips = 2;
    private const int ShortName = 8;
    private const int MaxNameLength = 63;

    private static readonly string[] OfDataSources = ["maintenance-database", "role-connection-limit"];
    private static readonly string[] OfClusterDataSources = ["allow-empty-database", "published-secrets", "release", "rotate"];
    private static readonly string[] OfConsumers = ["data-source", "data-source-profile", "data-source-schema"];

    /// <summary>Every name below our prefix that one of our kinds has.</summary>
    internal static IReadOnlyList<string> All { get; } = [.. OfDataSources.Concat(OfClusterDataSources).Concat(OfConsumers).Select(name => Prefix + name)];

    /// <summary>The warnings about a DataSource.</summary>
    public static IReadOnlyList<string> Find(DataSource dataSource) => Find(dataSource?.Metadata, OfDataSources);

    /// <summary>The warnings about a ClusterDataSource.</summary>
    public static IReadOnlyList<string> Find(ClusterDataSource clusterDataSource) => Find(clusterDataSource?.Metadata, OfClusterDataSources);

    /// <summary>The warnings about the annotations of an object that may ask for a database by one: a HelmRelease or a k0smotron Cluster.</summary>
    public static IReadOnlyList<string> FindInConsumer(IEnumerable<string> annotations) => Find(annotations, OfConsumers);

    private static IReadOnlyList<string> Find(ObjectMeta? metadata, string[] ours) => Find(metadata?.Annotations?.Keys ?? [], ours);

    // Hardly any object has one: what the others do not need is not built for them.
    private static IReadOnlyList<string> Find(IEnumerable<string> annotations, string[] ours) => !annotations.Any(IsUnknown) ? [] :
    [
        .. from annotation in annotations.Where(IsUnknown).Order(StringComparer.Ordinal)
           let name = annotation[Prefix.Length..]
           where name.Length <= MaxNameLength
           let near = ours.Where(own => IsNear(name, own)).MinBy(own => Distance(name, own))
           where near is not null
           select FieldViolation.Detail(Misspelt, annotation, near),
    ];

    private static bool IsUnknown(string annotation) => annotation.StartsWith(Prefix, StringComparison.Ordinal) && !All.Contains(annotation, StringComparer.Ordinal);

    // Singular, plural and hyphens are what people get wrong; they cost nothing.
    private static bool IsNear(string name, string own) =>
        Plain(name) == Plain(own) || Distance(name.ToLowerInvariant(), own) <= (own.Length < ShortName ? 1 : MaxSlips);

    private static string Plain(string name) => string.Concat(name.ToLowerInvariant().Split('-', '_', '.').Select(word => word.TrimEnd('s')));

    /// <summary>Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.</summary>
    private static int Distance(string left, string right)
    {
        var distances = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                distances[i, j] = i == 0 ? j : j == 0 ? i : Math.Min(
                    Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1,
                    distances[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    distances[i, j] = Math.Min(distances[i, j], distances[i - 2, j - 2] + 1);
                }
            }
        }

        return distances[left.Length, right.Length];
    }
}
