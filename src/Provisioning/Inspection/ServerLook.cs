using System.Net;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Inspection;

/// <summary>Asks the server of a DataSource about one cluster's database, read-only.</summary>
internal sealed class ServerLook(ServerReader servers, DatabaseInspector inspector)
{
    private const string Kind = "PostgreSQL";

    /// <summary>Asks.</summary>
    /// <param name="clusterDataSource">The cluster's.</param>
    /// <param name="kine">The Secret with the DSN; null: there is none, or it is forbidden.</param>
    /// <param name="kineUnknown">Why there is none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<(ReportLink Link, DatabaseFigures? Figures)> LookAsync(
        ClusterDataSource clusterDataSource, Secret? kine, string kineUnknown, CancellationToken cancellationToken)
    {
        var name = clusterDataSource.Key with { Name = clusterDataSource.Spec?.DataSource ?? "" };
        if (string.IsNullOrEmpty(clusterDataSource.Spec?.Schema))
        {
            return (new ReportLink(Kind, name.Name, LinkState.Broken, "not asked: the ClusterDataSource has no spec.schema"), null);
        }

        try
        {
            return await servers.ReadAsync(name, cancellationToken) switch
            {
                ServerLookup.Found found => await LookAsync(found.Server, clusterDataSource, kine, kineUnknown, cancellationToken),
                ServerLookup.Unavailable { Problem: { Reason: Reasons.SecretForbidden, Cause: { } cause } } =>
                    (new ReportLink(Kind, name.Name, LinkState.Unknown, $"not asked, forbidden: {cause.Message}"), null),
                ServerLookup.Unavailable unavailable => (new ReportLink(Kind, name.Name, LinkState.Broken, $"not asked: {unavailable.Problem}"), null),
                _ => throw new InvalidOperationException("A lookup is either found or unavailable."),
            };
        }
        catch (KubernetesApiException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
        {
            return (new ReportLink(Kind, name.Name, LinkState.Unknown, $"not asked, forbidden: {exception.Message}"), null);
        }
    }

    private async Task<(ReportLink Link, DatabaseFigures? Figures)> LookAsync(
        PostgresServer server, ClusterDataSource clusterDataSource, Secret? kine, string kineUnknown, CancellationToken cancellationToken)
    {
        var names = KineNames.Of(clusterDataSource);
        try
        {
            var facts = await inspector.InspectAsync(server, names.Database, names.Role, names.SecondRole, cancellationToken);
            var link = new ReportLink(Kind, LinkJudgement.Text(facts.Endpoint), LinkState.Ok, $"version {facts.Version}, database {names.Database}");
            if (!facts.Exists)
            {
                return (link with { State = LinkState.Broken, Text = $"version {facts.Version}; database {names.Database} is not there" }, null);
            }

            // Whose mark it is instead, whoever may read this need not know.
            if (facts.Mark != names.Mark.Text)
            {
                var whose = facts.Mark is null ? "has no owner mark" : "is marked for another ClusterDataSource";
                link = link with { State = LinkState.Broken, Text = $"{link.Text}, which {whose}" };
            }

            var (revision, unknown) = await RevisionAsync(server with { Endpoints = [facts.Endpoint] }, names, kine, kineUnknown, cancellationToken);
            return (link, new DatabaseFigures
            {
                Endpoint = link.Name,
                Version = facts.Version,
                Database = names.Database.Value,
                Bytes = facts.Bytes,
                Connections = facts.Connections,
                ConnectionLimit = facts.ConnectionLimit,
                LastRevision = revision,
                LastRevisionUnknown = unknown,
            });
        }
        catch (Exception exception) when (PostgresFailure.From(exception) is { } failure)
        {
            return (new ReportLink(Kind, string.Join(", ", server.Endpoints.Select(LinkJudgement.Text)), LinkState.Broken, $"{failure.Reason}: {failure.Message}"), null);
        }
    }

    private async Task<(long? Revision, string? Unknown)> RevisionAsync(
        PostgresServer server, KineNames names, Secret? kine, string kineUnknown, CancellationToken cancellationToken)
    {
        if (kine is null)
        {
            return (null, kineUnknown);
        }

        if (KinePasswords.Find(kine, names) is not { } login)
        {
            return (null, $"Secret {kine.Metadata.Name} holds no login of this cluster");
        }

        try
        {
            var revision = await inspector.ReadRevisionAsync(server, names.Database, login.Role, login.Password, cancellationToken);
            return (revision, revision is null ? "kine has not started yet" : null);
        }
        catch (Exception exception) when (PostgresFailure.From(exception) is { } failure)
        {
            return (null, $"{failure.Reason}: {failure.Message}");
        }
    }
}
