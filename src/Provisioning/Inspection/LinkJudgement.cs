using System.Text;
using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Inspection;

/// <summary>Says how the objects of a chain are, each by what it says itself and by its neighbours. Pure.</summary>
internal static class LinkJudgement
{
    /// <summary>A ClusterDeployment: does its ClusterDataSource follow it?</summary>
    public static (LinkState State, string Text) Of(ClusterDeployment deployment, ClusterDataSource? clusterDataSource) =>
        (deployment.Spec?.DataSource, clusterDataSource?.Spec?.DataSource) switch
        {
            (null or "", _) => (LinkState.Warning, "names no DataSource: its control plane has an etcd"),
            (var wanted, { } actual) when wanted != actual => (LinkState.Warning, $"names DataSource {wanted}; the ClusterDataSource still names {actual}"),
            (var wanted, _) => (LinkState.Ok, $"names DataSource {wanted}"),
        };

    /// <summary>A ClusterDataSource, by its status.</summary>
    public static (LinkState State, string Text) Of(ClusterDataSource found)
    {
        var error = string.IsNullOrEmpty(found.Status?.Error) ? null : found.Status.Error;
        return found switch
        {
            { Metadata.IsBeingDeleted: true } => (LinkState.Warning, $"is being deleted{(error is null ? "" : $": {error}")}"),
            { Status: null } => (LinkState.Warning, "has no status: no controller has looked at it yet"),
            { Status.Ready: false } => (LinkState.Broken, error ?? "is not ready"),
            _ when found.Status.ObservedGeneration != found.Metadata.Generation => (LinkState.Warning, "was changed, and no controller has looked at it since"),
            _ when error is not null => (LinkState.Warning, $"ready; {error}"),
            _ => (LinkState.Ok, "ready"),
        };
    }

    /// <summary>A DataSource: where it leads.</summary>
    public static (LinkState State, string Text) Of(DataSource dataSource) =>
        (LinkState.Ok, string.Join(", ", dataSource.Spec?.Endpoints ?? []));

    /// <summary>The Secret with the DSN: whose login, and where.</summary>
    public static (LinkState State, string Text) OfDsn(Secret secret, DataSource? dataSource)
    {
        if (Dsn(secret) is not { } dsn)
        {
            return (LinkState.Broken, $"holds no DSN of ours under {ControlPlaneSecrets.DsnKey}");
        }

        var place = string.Join(", ", dsn.Endpoints.Select(Text));
        var wanted = dataSource?.Spec?.Endpoints?.OfType<string>().ToList();
        return wanted is not null && !wanted.Any(endpoint => Endpoint.TryParse(endpoint, out var parsed, out _) && dsn.Endpoints.Contains(new PostgresEndpoint(parsed.Host, parsed.Port)))
            ? (LinkState.Warning, $"role {dsn.Role} at {place}, which is not where the DataSource leads")
            : (LinkState.Ok, $"role {dsn.Role} at {place}");
    }

    /// <summary>The Secret with the CA.</summary>
    public static (LinkState State, string Text) OfAuthority(Secret secret, DataSource? dataSource) =>
        dataSource?.Spec?.CertificateAuthority?.Key is { } key && secret.Data?.ContainsKey(key) != true
            ? (LinkState.Broken, $"has no key {QuotedText.Of(key)}")
            : (LinkState.Ok, "the CA");

    /// <summary>What runs the control plane: which Secret it names.</summary>
    public static (LinkState State, string Text) Of(IRunningCluster release, ClusterDataSource? clusterDataSource) =>
        (release.KineSecret(), clusterDataSource?.Status?.KineDataSourceSecret) switch
        {
            (null, _) => (LinkState.Warning, "names no Secret with a DSN"),
            (var used, { Length: > 0 } current) when used != current => (LinkState.Warning, $"still names Secret {used}, not {current}"),
            (var used, _) => (LinkState.Ok, $"names Secret {used}"),
        };

    /// <summary>The DSN in a Secret; null: none of ours.</summary>
    public static KineDsn? Dsn(Secret? secret) =>
        secret?.Data?.GetValueOrDefault(ControlPlaneSecrets.DsnKey) is { } bytes ? KineDsn.Parse(Encoding.UTF8.GetString(bytes)) : null;

    /// <summary>An endpoint as <c>host:port</c>.</summary>
    public static string Text(PostgresEndpoint endpoint) =>
        endpoint.Host.Contains(':', StringComparison.Ordinal) ? $"[{endpoint.Host}]:{endpoint.Port}" : $"{endpoint.Host}:{endpoint.Port}";
}
