using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.Tests.Resources;

public sealed class AnnotationSpellingTests
{
    [Theory]
    [InlineData("datasource", "data-source")]
    [InlineData("data-sources", "data-source")]
    [InlineData("dataSource", "data-source")]
    [InlineData("date-source", "data-source")]
    [InlineData("data_source", "data-source")]
    [InlineData("data-soruce-profile", "data-source-profile")]
    [InlineData("data-source-profil", "data-source-profile")]
    public void Names_what_a_consumer_may_have_meant(string written, string meant) => Assert.Equal(
        [$"metadata.annotations[k0rdent.mirantis.com/{written}]: not known; did you mean {meant}?"],
        AnnotationSpelling.FindInConsumer([$"k0rdent.mirantis.com/{written}", "example.org/data-sources"]));

    [Theory]
    [InlineData("managed")]
    [InlineData("component")]
    [InlineData("cluster-data-source")]
    [InlineData("data")]
    [InlineData("source-ref")]
    [InlineData("data-source")]
    [InlineData("data-source-schema")]
    [InlineData("rotate")]
    public void Says_nothing_about_keys_that_are_right_or_somebody_else_s(string key) =>
        Assert.Empty(AnnotationSpelling.FindInConsumer([$"k0rdent.mirantis.com/{key}"]));

    [Fact]
    public void Each_kind_has_its_own_and_short_names_must_be_nearer()
    {
        Assert.Equal(
            [
                "metadata.annotations[k0rdent.mirantis.com/maintenence-database]: not known; did you mean maintenance-database?",
                "metadata.annotations[k0rdent.mirantis.com/role-connection-limits]: not known; did you mean role-connection-limit?",
            ],
            AnnotationSpelling.Find(new DataSource { Metadata = With("role-connection-limits", "maintenence-database", "datasource") }));
        Assert.Equal(
            ["metadata.annotations[k0rdent.mirantis.com/rotates]: not known; did you mean rotate?"],
            AnnotationSpelling.Find(new ClusterDataSource { Metadata = With("rotates", "rate", "releases-notes") }));
        Assert.Empty(AnnotationSpelling.Find(new DataSource()));
    }

    [Fact]
    public void Every_warning_fits_into_120_characters_with_two_letters_too_many() => Assert.All(
        AnnotationSpelling.All,
        annotation => Assert.True(FieldViolation.Detail(AnnotationSpelling.Misspelt, annotation + "ss", annotation.Split('/')[1]).Length <= 120, annotation));

    [Fact]
    public void All_that_the_controller_reads_from_these_kinds_is_known()
    {
        string[] read =
        [
            AnnotationNames.MaintenanceDatabase, AnnotationNames.RoleConnectionLimit, AnnotationNames.AllowEmptyDatabase, AnnotationNames.PublishedSecrets, AnnotationNames.Release,
            AnnotationNames.Rotate, ConsumerAnnotations.DataSource, ConsumerAnnotations.Profile, ConsumerAnnotations.Schema,
        ];

        Assert.Equal(read.Order(StringComparer.Ordinal), AnnotationSpelling.All.Order(StringComparer.Ordinal));
    }

    private static ObjectMeta With(params string[] names) =>
        new() { Annotations = names.ToDictionary(name => $"k0rdent.mirantis.com/{name}", _ => "x", StringComparer.Ordinal) };
}
