using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Validation;

namespace Webhook.Offline;

/// <summary>Applies the rules of the webhook to manifests.</summary>
/// <param name="rules">The rules, with the policy on endpoints.</param>
/// <param name="defaultNamespace">The namespace of objects that name none.</param>
internal sealed class ManifestCheck(ResourceRules rules, string defaultNamespace)
{
    /// <summary>Checks files that are applied together.</summary>
    public CheckResult Check(IReadOnlyList<ManifestFile> files)
    {
        var findings = new List<Finding>();
        var objects = new List<ManifestObject>();
        foreach (var file in files)
        {
            try
            {
                foreach (var node in file.Read().SelectMany(ManifestObject.Unfold))
                {
                    Add(file, node, objects, findings);
                }
            }
            catch (ManifestException exception)
            {
                findings.Add(new Finding(file.Name, exception.Line, "", "", Finding.Syntax, exception.Message));
            }
        }

        var set = new ManifestSet(objects);
        for (var index = 0; index < objects.Count; index++)
        {
            findings.AddRange(Judge(objects[index], set.FindViolations(index)));
        }

        // In the order of the files and lines: a syntax error ends its file.
        var order = files.Select((file, index) => (file.Name, index)).ToDictionary(entry => entry.Name, entry => entry.index, StringComparer.Ordinal);
        return new CheckResult(files.Count, objects.Count, [.. findings.OrderBy(finding => order[finding.File]).ThenBy(finding => finding.Line)]);
    }

    private void Add(ManifestFile file, ManifestNode node, List<ManifestObject> objects, List<Finding> findings)
    {
        if (ManifestObject.Read(file.Name, node, defaultNamespace) is { } read)
        {
            objects.Add(read);
            return;
        }

        findings.AddRange(CheckConsumer(file.Name, node));
        if (node.TextOf("kind").Length == 0 || node.TextOf("apiVersion").Length == 0)
        {
            findings.Add(new Finding(file.Name, node.Line, "", "", Finding.Warning, "not checked: it has no apiVersion or no kind"));
        }
    }

    private IEnumerable<Finding> Judge(ManifestObject item, IEnumerable<FieldViolation> beside)
    {
        // What has the wrong form was left out of the record; that the rules then miss it is no news.
        var violations = item.FormViolations.Concat(FindViolations(item)
            .Where(violation => !item.FormViolations.Any(form => form.Reason != Finding.UnknownField && Concerns(form.Field, violation.Field)))).Concat(beside).ToList();
        foreach (var violation in violations)
        {
            yield return new Finding(item.File, item.Node.LineOf(violation.Field), item.Subject, violation.Field, violation.Reason, violation.Body);
        }

        foreach (var warning in violations.Count == 0 ? FindWarnings(item.Resource) : [])
        {
            yield return Warn(item.File, item.Node, item.Subject, warning);
        }
    }

    private static IReadOnlyList<string> FindWarnings(Resource resource) => resource switch
    {
        DataSource dataSource =>
            [.. AnnotationSpelling.Find(dataSource), .. DataSourceWarnings.Find(dataSource, DataSourceHandler.MayBeCopied(dataSource, new ValidationOptions().SystemNamespace))],
        ClusterDataSource clusterDataSource => AnnotationSpelling.Find(clusterDataSource),
        _ => [],
    };

    /// <summary>
    /// Whoever misspells the annotation by which a HelmRelease or k0smotron Cluster asks for a database is told here only: the cluster shows the webhook the objects that have it, so that no
    /// other is held up while it is down.
    /// </summary>
    private IEnumerable<Finding> CheckConsumer(string file, ManifestNode node)
    {
        if ((node.TextOf("apiVersion").Split('/')[0], node.TextOf("kind")) is not (("helm.toolkit.fluxcd.io", "HelmRelease") or ("k0smotron.io", "Cluster")))
        {
            return [];
        }

        var metadata = node["metadata"];
        var inNamespace = metadata?.TextOf("namespace") is { Length: > 0 } given ? given : defaultNamespace;
        return AnnotationSpelling.FindInConsumer(metadata?["annotations"]?.Fields.Select(field => field.Key) ?? [])
            .Select(warning => Warn(file, node, $"{node.TextOf("kind")} {inNamespace}/{metadata?.TextOf("name")}", warning));
    }

    private static Finding Warn(string file, ManifestNode node, string subject, string warning)
    {
        var (field, message) = warning.IndexOf(": ", StringComparison.Ordinal) is > 0 and var end ? (warning[..end], warning[(end + 2)..]) : ("", warning);
        var annotation = node["metadata"]?["annotations"]?.Fields.FirstOrDefault(given => field == ConsumerAnnotations.FieldOf(given.Key)).Value;
        return new Finding(file, annotation?.Line ?? node.LineOf(field), subject, field, Finding.Warning, message);
    }

    private IReadOnlyList<FieldViolation> FindViolations(ManifestObject item) => item.Resource switch
    {
        DataSource dataSource => rules.FindViolations(dataSource),
        ClusterDataSource clusterDataSource => rules.FindViolations(clusterDataSource),
        ClusterDeployment clusterDeployment => rules.FindViolations(clusterDeployment),
        _ => [],
    };

    private static bool Concerns(string form, string field) =>
        field == form || form.Length == 0 || (field.StartsWith(form, StringComparison.Ordinal) && field[form.Length] is '.' or '[');
}

/// <summary>What a check came to.</summary>
/// <param name="Files">How many files were read.</param>
/// <param name="Objects">How many objects of ours were in them.</param>
/// <param name="Findings">In the order of the files and their lines.</param>
internal sealed record CheckResult(int Files, int Objects, IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether something would be refused.</summary>
    public bool HasViolations => Findings.Any(finding => !finding.IsWarning);
}
