using System.Globalization;
using Provisioning.Inspection;
using Spectre.Console;

namespace Webhook.Plugin;

/// <summary>A cluster's chain as a tree for people. Pure.</summary>
internal static class ReportTree
{
    private static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB"];

    /// <summary>The tree.</summary>
    /// <param name="report">What is shown.</param>
    /// <param name="isStyled">With colours.</param>
    public static Tree Of(ClusterReport report, bool isStyled)
    {
        var tree = new Tree(new Paragraph(report.Cluster, isStyled ? new Style(decoration: Decoration.Bold) : null).Append($" in {report.Namespace}"));
        foreach (var link in report.Links)
        {
            var node = tree.AddNode(Line(link, isStyled));
            if (link.Kind == "PostgreSQL" && report.Database is { } database)
            {
                node.AddNodes(Figures(database).Select(figure => new Text(figure)));
            }
        }

        return tree;
    }

    /// <summary>A size for people, in steps of 1024 as <c>pg_size_pretty</c> has them.</summary>
    public static string Size(long bytes)
    {
        double size = bytes;
        var unit = 0;
        while (size >= 1024 && unit < Units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 || size >= 100 ? Math.Floor(size) : Math.Floor(size * 10) / 10)} {Units[unit]}");
    }

    private static IEnumerable<string> Figures(DatabaseFigures database)
    {
        yield return $"size: {(database.Bytes is { } bytes ? Size(bytes) : "not shown to the admin role")}";
        yield return $"connections: {database.Connections}{(database.ConnectionLimit is { } limit ? $" of {limit}" : "")}";
        yield return $"kine's last revision: {(database.LastRevision is { } revision ? revision.ToString(CultureInfo.InvariantCulture) : database.LastRevisionUnknown)}";
    }

    private static Paragraph Line(ReportLink link, bool isStyled)
    {
        var (sign, color) = link.State switch
        {
            LinkState.Ok => ("✓", Color.Green),
            LinkState.Warning => ("!", Color.Yellow),
            LinkState.Broken => ("✗", Color.Red),
            LinkState.Unknown => ("?", Color.Blue),
            _ => ("-", Color.Grey),
        };
        var style = isStyled ? new Style(color) : null;
        return new Paragraph(sign, style).Append($" {$"{link.Kind} {link.Name}".TrimEnd()}: ").Append(link.Text, link.State == LinkState.Ok ? null : style);
    }
}
