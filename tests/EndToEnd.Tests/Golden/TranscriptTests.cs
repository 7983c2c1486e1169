using System.Text.Json;
using System.Text.RegularExpressions;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Golden;

/// <summary>
/// Every refusal and warning as a person sees it: real kubectl, a control plane, the webhook as a process. With <c>UPDATE_TRANSCRIPTS=1</c> the
/// answers in the files are written anew, for review.
/// </summary>
public sealed partial class TranscriptTests(AdmissionInstallation installation) : IClassFixture<AdmissionInstallation>
{
    /// <summary>Headings of docs/rejections.md that no transcript has, and who shows them instead.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["the spec cannot be changed; create another DataSource instead"] = "The API server's own rule on the CRD comes first (DataSourceUpdateTests).",
        ["field is immutable"] = "The API server's own rule on the CRD comes first (ClusterDataSourceHandlerTests).",
        ["cannot be read as a field of this kind"] = "The CRD's schema comes first (DataSourceHandlerTests).",
        ["<path> does not review <resource>: take the resource out of the webhook configuration"] = "Needs a wrong webhook configuration (AdmissionHttpTests).",
        ["the Kubernetes API did not answer a question that this decision needs; try again"] = "Needs an API server that is down for the webhook only (SecretAccessTests).",
        ["The Kubernetes API did not say whose HelmRelease this is."] = "The same (HelmReleaseHandlerTests).",
        ["No decision could be made in time."] = "Needs a slow API server (AdmissionHttpTests).",
        ["The webhook is overloaded."] = "Needs load (OverloadTests).",
        ["The webhook failed to decide."] = "Needs a fault of ours (AdmissionHttpTests).",
        ["<field> replaces <field>, which k0rdent sets: Flux lets it win"] = "Needs a release from before the webhook (ValueOverrideTests).",
        ["The Kubernetes API did not say which database this object has."] = "Needs an API server that is down for the webhook only (ConsumerInjectionTests).",
        ["<field>: not set, because the object was created while no webhook answered; create it again"] = "Needs an object from before the webhook (ConsumerInjectionTests).",
    };

    public static TheoryData<string> Names => [.. Transcript.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task People_see_what_the_transcript_says(string name)
    {
        var transcript = Transcript.Read(name);
        if (transcript.Steps.Any(step => step.Arguments.Contains("--subresource", StringComparison.Ordinal)))
        {
            await InstalledKubectl.RequireAsync(24, "kubectl patch --subresource");
        }

        var admin = await installation.KubectlAsync("admin");
        await admin.RunAsync($"create namespace {name}");

        var played = new List<Step>();
        foreach (var step in transcript.Steps)
        {
            var kubectl = await installation.KubectlAsync(step.User);
            var input = step.Input is null ? null : await FillAsync(step.Input, name);
            var result = await kubectl.TryAsync($"{step.Arguments} --namespace {name}", input);
            played.Add(step with { Answer = Plain(result.Error + result.Output) });
        }

        if (Environment.GetEnvironmentVariable("UPDATE_TRANSCRIPTS") == "1")
        {
            await File.WriteAllTextAsync(Transcript.PathOf(name), Transcript.Write(played), TestContext.Current.CancellationToken);
        }

        Assert.Equal(Transcript.Write(transcript.Steps), Transcript.Write(played));
    }

    [Fact]
    public async Task The_log_is_JSON_with_the_requests_uid_and_nothing_of_the_objects()
    {
        var admin = await installation.KubectlAsync("admin");
        await admin.RunAsync("create namespace log");
        await admin.FailAsync(
            "create --namespace log -f -",
            """
            apiVersion: k0rdent.mirantis.com/v1beta1
            kind: DataSource
            metadata: {name: logged, annotations: {note: sesame}}
            spec:
              type: postgresql
              endpoints: ["postgres://admin:hunter2@db:5432", "sesame:0"]
              auth: {username: {name: sesame, key: u}, password: {name: sesame, key: p}}
            """);

        var denial = "";
        await Eventually.TrueAsync(
            () => Task.FromResult((denial = Lines().FirstOrDefault(line => line.Contains("log/logged", StringComparison.Ordinal)) ?? "").Length > 0),
            TimeSpan.FromSeconds(30),
            () => $"No line about the denial:\n{installation.Log}",
            TestContext.Current.CancellationToken);

        using var parsed = JsonDocument.Parse(denial);
        var state = parsed.RootElement.GetProperty("State");
        Assert.True(Guid.TryParse(state.GetProperty("RequestUid").GetString(), out _), denial);
        Assert.Equal("logged", state.GetProperty("Name").GetString());
        Assert.All(Lines(), line => JsonDocument.Parse(line).Dispose());
        Assert.DoesNotContain("hunter2", installation.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", installation.Log, StringComparison.Ordinal);

        List<string> Lines() => [.. installation.Log.Split('\n').Where(line => line.Length > 0)];
    }

    [Fact]
    public void Every_message_of_the_documentation_is_in_a_transcript()
    {
        var answers = string.Join('\n', Transcript.Names.SelectMany(name => Transcript.Read(name).Steps).Select(step => step.Answer));
        var headings = File.ReadLines(Repository.Path("docs/rejections.md"))
            .Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line["### ".Length..].Trim('`')).ToList();

        Assert.All(headings, heading => Assert.True(Elsewhere.ContainsKey(heading) != Shows(answers, heading), heading));
        Assert.All(Elsewhere.Keys, heading => Assert.Contains(heading, headings));
    }

    private static bool Shows(string answers, string heading) =>
        Regex.IsMatch(answers, string.Join(".+", Place().Split(heading).Select(Regex.Escape)), RegexOptions.None, TimeSpan.FromSeconds(10));

    private static string Plain(string output) => string.Join('\n', output.TrimEnd().Split('\n').Select(line => line.TrimEnd()));

    // The one thing that differs from run to run and that a manifest needs.
    private async Task<string> FillAsync(string input, string inNamespace)
    {
        foreach (var match in Uid().Matches(input).ToList())
        {
            var uid = await (await installation.KubectlAsync("admin")).RunAsync(
                $"get clusterdeployment {match.Groups["name"].Value} --namespace {inNamespace} --output jsonpath={{.metadata.uid}}");
            input = input.Replace(match.Value, uid, StringComparison.Ordinal);
        }

        return input;
    }

    [GeneratedRegex(@"<uid of (?<name>[a-z-]+)>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Uid();

    [GeneratedRegex("<[a-z]+>(?:/<[a-z]+>)?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();
}
