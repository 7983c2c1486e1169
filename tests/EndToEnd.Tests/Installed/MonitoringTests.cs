using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.Client;

namespace EndToEnd.Tests.Installed;

/// <summary>The alert rules and the dashboard against what running processes really show on <c>/metrics</c>.</summary>
public sealed partial class MonitoringTests(TwoRoles installation) : IClassFixture<TwoRoles>
{
    /// <summary>Made by Prometheus itself: whether a scrape succeeded, and what the ServiceMonitor adds to every series.</summary>
    private static readonly string[] OfPrometheus = ["up", "pod", "job", "app_kubernetes_io_component"];

    private static readonly string[] Words = ["or", "and", "unless", "by", "without", "on", "le"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_metric_and_label_that_a_rule_or_a_panel_names_exists()
    {
        await UseAsync();
        var text = $"{await installation.Webhook.ReadMetricsAsync(Token)}\n{await installation.Controller.ReadMetricsAsync(Token)}";
        var series = Series().Matches(text).Select(match => (Name: match.Groups["name"].Value, Labels: LabelName().Matches(match.Groups["labels"].Value).Select(label => label.Value).ToHashSet(StringComparer.Ordinal)))
            .GroupBy(line => line.Name, StringComparer.Ordinal).ToDictionary(name => name.Key, name => name.SelectMany(line => line.Labels).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);

        var expressions = await ExpressionsAsync();

        Assert.True(expressions.Count > 20, $"only {expressions.Count} expressions were found");
        Assert.All(expressions, expression =>
        {
            var metrics = MetricsOf(expression);
            Assert.NotEmpty(metrics);
            Assert.Empty(metrics.Except(series.Keys, StringComparer.Ordinal).Except(OfPrometheus, StringComparer.Ordinal));
            var labels = metrics.Where(series.ContainsKey).SelectMany(metric => series[metric]).Concat(OfPrometheus).Append("le");
            Assert.Empty(LabelsOf(expression).Except(labels, StringComparer.Ordinal));
        });
    }

    /// <summary>Something of everything: what never happened has no series yet.</summary>
    private async Task UseAsync()
    {
        var tenant = await installation.CreateTenantAsync(TwoRoles.SecretNamespace);
        await tenant.ApplyDataSourceAsync("db");
        await tenant.ApplyClusterDeploymentAsync("one", "db");
        await tenant.ReadyAsync("one");
        await installation.Kubectl.RunAsync("apply -f -", await tenant.HelmReleaseAsync("one", "{controlPlaneNumber: 3}"));
        await installation.Kubectl.FailAsync($"delete datasource db --namespace {tenant.Name}");
        using var authority = X509Certificate2.CreateFromPem(installation.AuthorityPem);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(authority);
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trust } });
        using var nonsense = new StringContent("nonsense", Encoding.UTF8, "application/json");
        using var refused = await http.PostAsync(new Uri(await installation.Webhook.AdmissionUrl, "/validate"), nonsense, Token);
        Assert.False(refused.IsSuccessStatusCode);

        // An informer's watch counts when it ends.
        await installation.ControlPlane.CutWatchesAsync(Token);
        await Running.Eventually.TrueAsync(
            async () => (await installation.Controller.ReadMetricsAsync(Token)).Contains("provisioning_informer_watches_total{", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60),
            () => "No watch was counted.",
            Token);
    }

    private static async Task<List<string>> ExpressionsAsync()
    {
        var rules = (await Manifest.ReadFilesAsync(Repository.Path("manifests/monitoring/rules.yaml"), Token)).Single();
        var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(Repository.Path("manifests/monitoring/dashboard.json"), Token))!;
        return
        [
            .. rules["spec"]!["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).Select(rule => (string)rule!["expr"]!),
            .. dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]!.AsArray()).Select(target => (string)target!["expr"]!),
        ];
    }

    // What is left without selectors, groupings, ranges and numbers, and is no function.
    private static List<string> MetricsOf(string expression) =>
        [.. Identifier().Matches(Grouping().Replace(Selector().Replace(expression, ""), "")).Select(match => match.Value).Where(word => !Words.Contains(word, StringComparer.Ordinal)).Distinct(StringComparer.Ordinal)];

    private static IEnumerable<string> LabelsOf(string expression) =>
        Grouping().Matches(expression).SelectMany(match => match.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries))
            .Concat(Selector().Matches(expression).SelectMany(match => LabelName().Matches(match.Value).Select(label => label.Value)));

    [GeneratedRegex(@"^(?<name>[a-z_]+)(\{(?<labels>.*)\})? ", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Series();

    [GeneratedRegex("[a-z_]+(?==~?\")", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LabelName();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Selector();

    [GeneratedRegex(@"\b(by|without) ?\((?<labels>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Grouping();

    [GeneratedRegex(@"[a-z_]{2,}\b(?!\s*\()", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Identifier();
}
