using System.Text;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Finds the servers that a cluster has left, with its roles still on them, and of which nobody has been told yet. Each is written as
/// <c>host:port</c>s. They stand in <see cref="AnnotationNames.FormerServer"/> on the kine Secret from the moment at which its DSN leaves a server. Pure.
/// </summary>
internal static class FormerServers
{
    /// <summary>Some of a server's endpoints name it; an Event has no room for all, and must have room for what to do.</summary>
    private const int MaxNamedEndpoints = 2;

    private const string Separator = "; ";

    /// <summary>The value of the annotation; null: there are none.</summary>
    /// <param name="untold">Its value until now; null: none.</param>
    /// <param name="used">The Secret with the DSN until now; null: there is none whose password is kept.</param>
    /// <param name="published">Which contents that may have had: a host that somebody wrote into it by hand is no server that was left. Null: not known.</param>
    /// <param name="found">The server that the cluster is to be on.</param>
    public static string? Find(string? untold, Secret? used, PublishedSecrets? published, ServerLookup.Found found)
    {
        var servers = Split(untold).ToList();
        if (used?.Data is { } data
            && (published is not { Kine.Recent: { Count: > 0 } recent } || recent.Contains(ContentHash.Of(data), StringComparer.Ordinal))
            && data.GetValueOrDefault(SecretNames.DsnKey) is { } bytes
            && KineDsn.Parse(Encoding.UTF8.GetString(bytes)) is { } dsn)
        {
            servers.Add(string.Join(", ", dsn.Endpoints.Take(MaxNamedEndpoints).Select(Name)));
        }

        var current = found.Server.Endpoints.Select(Name).ToHashSet(StringComparer.Ordinal);
        var left = servers.Where(server => !server.Split(", ").Any(current.Contains)).Distinct(StringComparer.Ordinal).ToList();
        return left.Count == 0 ? null : string.Join(Separator, left);
    }

    /// <summary>
    /// The value of the annotation while the cluster is on its way to a server: with that one, which is left, too, when somebody changes their mind before the
    /// DSN leads there. Null: it leads there already.
    /// </summary>
    /// <param name="wellKnown">The Secret with the DSN.</param>
    /// <param name="found">The server that the cluster is to be on.</param>
    public static string? OnTheWay(Secret wellKnown, ServerLookup.Found found)
    {
        if (wellKnown.Data?.GetValueOrDefault(SecretNames.DsnKey) is not { } bytes
            || KineDsn.Parse(Encoding.UTF8.GetString(bytes)) is not { } dsn
            || dsn.Endpoints.Select(Name).Intersect(found.Server.Endpoints.Select(Name), StringComparer.Ordinal).Any())
        {
            return null;
        }

        var target = string.Join(", ", found.Server.Endpoints.Take(MaxNamedEndpoints).Select(Name));
        return string.Join(Separator, Split(wellKnown.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.FormerServer)).Append(target).Distinct(StringComparer.Ordinal));
    }

    /// <summary>Each server of an annotation's value.</summary>
    public static IEnumerable<string> Split(string? annotation) => string.IsNullOrEmpty(annotation) ? [] : annotation.Split(Separator);

    private static string Name(PostgresEndpoint endpoint) => $"{endpoint.Host}:{endpoint.Port}";
}
