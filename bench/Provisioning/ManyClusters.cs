using System.Collections.Concurrent;
using System.Globalization;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>What is there at a restart: a DataSource for each server, and ClusterDataSources that are ready, by the controller or by hand.</summary>
internal sealed class ManyClusters(BenchCluster cluster, IReadOnlyList<TestPostgresServer> servers)
{
    private const int AtATime = 16;

    /// <summary>Makes for each server its Secrets and its DataSource.</summary>
    public async Task PrepareAsync()
    {
        for (var number = 0; number < servers.Count; number++)
        {
            await cluster.CreateDataSourceAsync(DataSourceName(number), servers[number]);
        }
    }

    /// <summary>Makes ClusterDataSources for the controller to make ready.</summary>
    public Task CreateAsync(int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count), Concurrency(CancellationToken.None), async (number, _) => await cluster.CreateAsync(New(number)));

    /// <summary>Makes ClusterDataSources that look as if the controller had made them ready, on the API server and in the servers' catalogues.</summary>
    /// <param name="first">The number of the first.</param>
    /// <param name="count">How many there are then, those that the controller made included.</param>
    public async Task GenerateAsync(int first, int count)
    {
        var names = new ConcurrentBag<(int Server, KineNames Names)>();
        var found = new List<ServerLookup.Found>();
        for (var number = 0; number < servers.Count; number++)
        {
            found.Add((ServerLookup.Found)await cluster.Services.GetRequiredService<ServerReader>().ReadAsync(
                new NamespacedName(BenchCluster.Namespace, DataSourceName(number)), CancellationToken.None));
        }

        await Parallel.ForEachAsync(Enumerable.Range(first, count - first), Concurrency(CancellationToken.None), async (number, _) =>
            names.Add((number % servers.Count, await GenerateAsync(number, found[number % servers.Count]))));
        for (var number = 0; number < servers.Count; number++)
        {
            await new GeneratedCatalogue(servers[number]).AddAsync(
                [.. names.Where(one => one.Server == number).Select(one => one.Names)], KineNames.Of(New(number)).Database);
        }
    }

    private async Task<KineNames> GenerateAsync(int number, ServerLookup.Found found)
    {
        var current = New(number);
        current = current with
        {
            Metadata = current.Metadata with
            {
                Finalizers = [ClusterDataSource.Finalizer],
                Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [AnnotationNames.Database] = KineNames.Of(current).Database.Value },
            },
        };
        current = await cluster.CreateAsync(current);
        var names = KineNames.Of(current);
        var plan = SetupPlan.Decide(current, names, found, wellKnown: null, published: null);
        foreach (var wanted in new[] { plan.Kine.WithAnnotation(AnnotationNames.Provisioned, "true"), plan.CertificateAuthority! })
        {
            await cluster.CreateAsync(((SecretChange.Create)SecretPlan.Decide(null, wanted, current)).Secret);
        }

        current = await cluster.Client.PatchAsync<ClusterDataSource>(
            current.Key, Patch.Merge(ObjectPatches.Record(current, plan.Publishes)!), WriteOptions.Default, CancellationToken.None);
        var ready = StatusPlan.Next(current, new Outcome.Ready(plan.Kine.Name, plan.CertificateAuthority!.Name, []));
        await cluster.Client.PatchStatusAsync<ClusterDataSource>(
            current.Key, Patch.Merge(StatusPlan.Patch(current, ready)!), WriteOptions.Default, CancellationToken.None);
        return names;
    }

    private ClusterDataSource New(int number) =>
        BenchCluster.NewClusterDataSource(string.Create(CultureInfo.InvariantCulture, $"cluster-{number}"), DataSourceName(number % servers.Count));

    private static ParallelOptions Concurrency(CancellationToken token) => new() { MaxDegreeOfParallelism = AtATime, CancellationToken = token };

    private static string DataSourceName(int number) => string.Create(CultureInfo.InvariantCulture, $"db{number}");
}
