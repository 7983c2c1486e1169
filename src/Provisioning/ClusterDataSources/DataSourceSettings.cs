using System.Globalization;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>What annotations of a DataSource say about its server; the spec has no fields for it. Pure.</summary>
/// <param name="MaintenanceDatabase">The database that admin sessions connect to.</param>
/// <param name="ConnectionLimit">The CONNECTION LIMIT of each cluster's role. A control plane of three replicas asks for about 60.</param>
internal sealed record DataSourceSettings(string MaintenanceDatabase, int ConnectionLimit)
{
    private const string DefaultDatabase = "postgres";
    private const int DefaultLimit = 100;
    private const int MaxLimit = 100_000;
    private const int MaxNameLength = 63;

    /// <summary>Reads the annotations; <paramref name="problem"/> says which one is wrong, and null that none is.</summary>
    public static DataSourceSettings Of(DataSource dataSource, out string? problem)
    {
        problem = null;
        var database = dataSource.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.MaintenanceDatabase) ?? DefaultDatabase;
        if (database.Length is 0 or > MaxNameLength || !database.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-'))
        {
            problem = $"annotation {AnnotationNames.MaintenanceDatabase} must be the name of a database: 1 to 63 letters, digits, '_' and '-'";
        }

        var limit = DefaultLimit;
        if (dataSource.Metadata.Annotations?.GetValueOrDefault(AnnotationNames.RoleConnectionLimit) is { } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            problem = $"annotation {AnnotationNames.RoleConnectionLimit} must be a number between 1 and {MaxLimit}";
        }

        return new DataSourceSettings(database, limit);
    }
}
