using System.Xml.Linq;

namespace Webhook.Tests.Manifests;

/// <summary>The two ways to make the image, and the pods that run it, agree. What is inside is tested in EndToEnd.Tests.</summary>
public sealed class ImageTests
{
    private static readonly string[] Dockerfile = File.ReadAllLines(Repository.Path("Dockerfile"));

    [Theory]
    [InlineData("ContainerRepository", "k0rdent-datasource")]
    [InlineData("ContainerFamily", "noble-chiseled")]
    [InlineData("ContainerUser", "65532")]
    [InlineData("SelfContained", "true")]
    [InlineData("PublishReadyToRun", "true")]
    public void The_project_says_how_the_image_is_made(string property, string value) =>
        Assert.Equal(value, XDocument.Load(Repository.Path("src/Webhook/Webhook.csproj")).Descendants(property).Single().Value);

    [Fact]
    public void The_Dockerfile_has_the_same_base_and_the_same_user()
    {
        var final = Dockerfile[Array.FindLastIndex(Dockerfile, line => line.StartsWith("FROM ", StringComparison.Ordinal))..];

        Assert.EndsWith("/runtime-deps:10.0-noble-chiseled", final[0], StringComparison.Ordinal);
        Assert.Contains("USER 65532:65532", final);
        Assert.Contains("""ENTRYPOINT ["/app/Webhook"]""", final);
        Assert.DoesNotContain(final, line => line.StartsWith("RUN ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("webhook")]
    [InlineData("controller")]
    public void The_pod_runs_it_as_the_images_user(string folder)
    {
        var pod = Manifest.Read($"{folder}/deployment.yaml")[0].Find("spec.template.spec")!;

        Assert.Equal("65532", pod.Text("securityContext.runAsUser"));
        Assert.Null(pod.Sequence("containers").Single().Find("command"));
    }

    [Fact]
    public void The_build_context_holds_the_sources_and_what_they_are_built_with()
    {
        var ignored = File.ReadAllLines(Repository.Path(".dockerignore"));

        Assert.Contains("*", ignored);
        Assert.All(
            ignored.Where(line => line.StartsWith('!')).Select(line => Repository.Path(line[1..])), path => Assert.True(File.Exists(path) || Directory.Exists(path), path));
        Assert.All(
            Directory.GetFiles(Repository.Root, "Directory.*").Select(Path.GetFileName).Append("global.json").Append("src"),
            name => Assert.Contains($"!{name}", ignored));
    }
}
