using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Webhook.Admission;

namespace Bench.Admission;

/// <summary>
/// What one review allocates within this process, without Kestrel and without SubjectAccessReviews; <c>bench/allocations.sh</c>. What it
/// may allocate is bounded by <c>tests/Webhook.Tests/Admission/AllocationTests.cs</c>.
/// </summary>
public class ReviewBenchmarks
{
    private static string folder = "";
    private static string kubeconfig = "";
    private byte[] body = [];
    private DefaultHttpContext context = new();
    private AdmissionEndpoint? endpoint;
    private HandlerTable? handlers;
    private WebApplication? app;

    /// <summary>The recorded review.</summary>
    [Params("datasource-create", "datasource-update-labels", "helmrelease-create", "helmrelease-create-288kb", "helmrelease-update-288kb-values-removed")]
    public string Review { get; set; } = "";

    /// <summary>Builds the application as the process does, without starting it.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        body = File.ReadAllBytes(Path.Combine(folder, $"{Review}.json"));
        app = Webhook.Program.Build(["--Authorization:SecretAccess=Off", "--Provisioning:Enabled=false", $"--Kubernetes:Kubeconfig={kubeconfig}"], _ => { });
        endpoint = app.Services.GetRequiredService<AdmissionEndpoint>();
        handlers = Review.StartsWith("helmrelease", StringComparison.Ordinal)
            ? new HandlerTable(app.Services.GetServices<IMutatingHandler>())
            : new HandlerTable(app.Services.GetServices<IValidatingHandler>());
        context = new DefaultHttpContext { RequestServices = app.Services };
        context.Request.Method = HttpMethods.Post;
        context.Request.ContentType = "application/json";
        context.Request.ContentLength = body.Length;
        context.Request.QueryString = new QueryString("?timeout=10s");
        context.Request.Body = new MemoryStream(body);
    }

    /// <summary>Ends the application.</summary>
    [GlobalCleanup]
    public async Task CleanUpAsync() => await app!.DisposeAsync();

    /// <summary>The envelope alone.</summary>
    [Benchmark]
    public object Read() => AdmissionReviewReader.Read(body);

    /// <summary>From the headers to the answer.</summary>
    [Benchmark]
    public Task Answer()
    {
        context.Request.Body.Position = 0;
        return endpoint!.HandleAsync(context, handlers!);
    }

    /// <summary>Runs the benchmarks and prints their table. Arguments: the folder with the recorded reviews, and one for BenchmarkDotNet's files.</summary>
    internal static int Run(string fixtures, string artifacts)
    {
        folder = fixtures;
        kubeconfig = Path.Combine(artifacts, "kubeconfig");
        Directory.CreateDirectory(artifacts);

        // Nothing is asked, so nobody needs to listen there.
        File.WriteAllText(kubeconfig, """
            apiVersion: v1
            kind: Config
            current-context: none
            contexts: [{name: none, context: {cluster: none, user: none}}]
            clusters: [{name: none, cluster: {server: "https://localhost:1"}}]
            users: [{name: none, user: {}}]
            """);
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .WithArtifactsPath(artifacts);
        var summary = BenchmarkRunner.Run<ReviewBenchmarks>(config);
        return summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success) ? 1 : 0;
    }
}
