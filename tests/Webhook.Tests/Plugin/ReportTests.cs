using System.Text.Json.Nodes;
using Provisioning.Inspection;
using Webhook.Plugin;

namespace Webhook.Tests.Plugin;

/// <summary>What <c>kubectl datasource status</c> shows of a report, to people and to programs.</summary>
public sealed class ReportTests
{
    private static readonly ClusterReport Report = new()
    {
        Namespace = "kcm-system",
        Cluster = "berlin",
        Links =
        [
            new ReportLink("ClusterDeployment", "berlin", LinkState.Ok, "names DataSource main"),
            new ReportLink("ClusterDataSource", "berlin", LinkState.Warning, "ready; Timeout: [slow]"),
            new ReportLink("DataSource", "main", LinkState.Broken, "does not exist"),
            new ReportLink("Secret", "berlin-kine", LinkState.Unknown, "forbidden: secrets \"berlin-kine\" is forbidden"),
            new ReportLink("PostgreSQL", "db:5432", LinkState.Ok, "version 15.14, database x"),
            new ReportLink("HelmRelease", "berlin", LinkState.Absent, "none that names a database"),
        ],
        Database = new DatabaseFigures
        {
            Endpoint = "db:5432",
            Version = "15.14",
            Database = "x",
            Bytes = 8_700_000,
            Connections = 12,
            ConnectionLimit = 100,
            LastRevision = 4711,
        },
    };

    [Fact]
    public void The_tree_shows_every_part_with_its_sign_and_the_figures_of_the_server()
    {
        Assert.Equal(
            """
            berlin in kcm-system
            ├── ✓ ClusterDeployment berlin: names DataSource main
            ├── ! ClusterDataSource berlin: ready; Timeout: [slow]
            ├── ✗ DataSource main: does not exist
            ├── ? Secret berlin-kine: forbidden: secrets "berlin-kine" is forbidden
            ├── ✓ PostgreSQL db:5432: version 15.14, database x
            │   ├── size: 8.2 MB
            │   ├── connections: 12 of 100
            │   └── kine's last revision: 4711
            └── - HelmRelease berlin: none that names a database

            """,
            Draw(Report, isTerminal: false, isColored: true));
    }

    [Fact]
    public void What_is_not_known_is_said_with_its_reason()
    {
        var drawn = Draw(
            Report with { Database = Report.Database! with { Bytes = null, ConnectionLimit = null, LastRevision = null, LastRevisionUnknown = "kine has not started yet" } },
            isTerminal: false,
            isColored: false);

        Assert.Contains("size: not shown to the admin role\n", drawn, StringComparison.Ordinal);
        Assert.Contains("connections: 12\n", drawn, StringComparison.Ordinal);
        Assert.Contains("last revision: kine has not started yet\n", drawn, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void Only_a_person_who_wants_them_gets_colours(bool isTerminal, bool isColored, bool expected) =>
        Assert.Equal(expected, Draw(Report, isTerminal, isColored).Contains('\u001b', StringComparison.Ordinal));

    [Fact]
    public void A_long_line_is_one_line_in_a_pipe()
    {
        var text = new string('x', 5000);

        Assert.Contains(text, Draw(Report with { Links = [Report.Links[0] with { Text = text }] }, isTerminal: false, isColored: false), StringComparison.Ordinal);
    }

    [Fact]
    public void The_JSON_has_the_fields_that_the_page_names()
    {
        var cluster = JsonNode.Parse(ReportJson.Write([Report]))!["clusters"]![0]!;

        Assert.Equal(
            """{"namespace":"kcm-system","cluster":"berlin"}""",
            new JsonObject { ["namespace"] = cluster["namespace"]!.DeepClone(), ["cluster"] = cluster["cluster"]!.DeepClone() }.ToJsonString());
        Assert.Equal(["ok", "warning", "broken", "unknown", "ok", "absent"], cluster["links"]!.AsArray().Select(link => link!["state"]!.GetValue<string>()));
        Assert.Equal("""{"kind":"DataSource","name":"main","state":"broken","text":"does not exist"}""", cluster["links"]![2]!.ToJsonString());
        Assert.Equal(
            """{"endpoint":"db:5432","version":"15.14","database":"x","bytes":8700000,"connections":12,"connectionLimit":100,"lastRevision":4711,"lastRevisionUnknown":null}""",
            cluster["database"]!.ToJsonString());
        Assert.Equal((false, false), (cluster["isHealthy"]!.GetValue<bool>(), cluster["isComplete"]!.GetValue<bool>()));
        var page = File.ReadAllText(Repository.Path("docs/plugin.md"));
        Assert.All(
            cluster.AsObject().Select(field => field.Key).Concat(cluster["database"]!.AsObject().Select(field => field.Key)).Concat(cluster["links"]![0]!.AsObject().Select(field => field.Key)),
            field => Assert.Contains($"`{field}`", page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(1024, "1 kB")]
    [InlineData(8_700_000, "8.2 MB")]
    [InlineData(150L * 1024 * 1024 * 1024, "150 GB")]
    [InlineData(5000L * 1024 * 1024 * 1024 * 1024, "5000 TB")]
    public void Sizes_are_for_people(long bytes, string expected) => Assert.Equal(expected, ReportTree.Size(bytes));

    [Theory]
    [InlineData("kubectl-datasource", true)]
    [InlineData("Webhook", false)]
    [InlineData("dotnet", false)]
    public void The_name_of_the_program_says_that_kubectl_calls(string name, bool expected) => Assert.Equal(expected, PluginCommand.IsCalled(name));

    private static string Draw(ClusterReport report, bool isTerminal, bool isColored)
    {
        using var output = new StringWriter();
        var terminal = new Terminal(TextReader.Null, output, TextWriter.Null) { ShowsToPerson = isTerminal, IsColored = isColored };
        terminal.CreateConsole().Write(ReportTree.Of(report, terminal.IsStyled));
        return output.ToString().ReplaceLineEndings("\n");
    }
}
