using System.Reflection;
using Provisioning.ClusterDataSources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>docs/cluster-data-sources.md tells all that a person can meet.</summary>
public sealed class DocumentationTests
{
    private static readonly string Page = File.ReadAllText(Repository.Path("docs/cluster-data-sources.md"));

    [Fact]
    public void Every_reason_is_explained() => Assert.All(
        Constants(typeof(Reasons)),
        reason => Assert.True(
            Page.Contains($"### {reason}\n", StringComparison.Ordinal) || Page[Page.IndexOf("## Events", StringComparison.Ordinal)..].Contains($"`{reason}`", StringComparison.Ordinal),
            reason));

    [Fact]
    public void Every_annotation_is_explained() => Assert.All(
        Constants(typeof(AnnotationNames)),
        annotation => Assert.Matches($"`{annotation.Split('/')[1]}(: [^`]+)?`", Page));

    private static string[] Constants(Type type) =>
        [.. type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];
}
