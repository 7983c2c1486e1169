using System.Diagnostics.Metrics;

namespace Provisioning.Postgres;

/// <summary>The meter <c>Provisioning.Postgres</c>.</summary>
internal sealed class PostgresMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Provisioning.Postgres";

    private readonly Counter<long> catalogues;

    /// <summary>Makes the instruments.</summary>
    public PostgresMetrics(IMeterFactory meters) => catalogues = meters.Create(MeterName).CreateCounter<long>(
        "postgres.catalogue.readings", "{reading}", "Readings of whole servers' catalogues by outcome, each with a handful of queries");

    /// <summary>Counts one reading.</summary>
    public void CatalogueRead(bool succeeded) =>
        catalogues.Add(1, new KeyValuePair<string, object?>("outcome", succeeded ? "success" : "failure"));
}
