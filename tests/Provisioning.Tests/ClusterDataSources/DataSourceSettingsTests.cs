using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

public sealed class DataSourceSettingsTests
{
    [Theory]
    [InlineData(AnnotationNames.MaintenanceDatabase, "defaultdb", null)]
    [InlineData(AnnotationNames.MaintenanceDatabase, "a b", "must be the name of a database")]
    [InlineData(AnnotationNames.RoleConnectionLimit, "60", null)]
    [InlineData(AnnotationNames.RoleConnectionLimit, "0", "must be a number between 1 and 100000")]
    [InlineData(AnnotationNames.RoleConnectionLimit, "-1", "must be a number between 1 and 100000")]
    [InlineData(AnnotationNames.RoleConnectionLimit, "", "must be a number between 1 and 100000")]
    public void Annotations_of_a_DataSource_are_taken_or_refused(string annotation, string value, string? problem)
    {
        var settings = DataSourceSettings.Of(
            new DataSource { Metadata = new ObjectMeta { Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [annotation] = value } } }, out var found);

        if (problem is null)
        {
            Assert.Null(found);
            Assert.Equal(annotation == AnnotationNames.MaintenanceDatabase ? new DataSourceSettings(value, 100) : new DataSourceSettings("postgres", 60), settings);
        }
        else
        {
            Assert.Contains(problem, found, StringComparison.Ordinal);
        }
    }
}
