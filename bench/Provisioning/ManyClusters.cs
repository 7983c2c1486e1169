using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>The API server's side of a restart: one namespace with a DataSource for each server, and ClusterDataSources that are ready, by the controller or by hand.</summary>
internal sealed class ManyClusters(IServiceProvider services, IReadOnlyList<TestPostgresServer> servers)
{
    private const string Namespace = "bench";
    private const int AtATime = 16;

    private readonly IKubernetesClient client = services.GetRequiredService<IKubernetesClient>();

    /// <summary>Makes the namespace, and for each server its Secrets and its DataSource.</summary>
    public async Task PrepareAsync()
    {
        await CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = Namespace } });
        for (var number = 0; number < servers.Count; number++)
        {
            var (server, name) = (servers[number], DataSourceName(number));
            await CreateAsync(Secret($"{name}-auth", ("username", server.Admin.Name), ("password", server.Admin.Password)));
            await CreateAsync(Secret($"{name}-ca", ("ca.crt", server.CertificateAuthority.CertificatePem)));
            await CreateAsync(new DataSource
            {
                Metadata = Meta(name),
                Spec = new DataSourceSpec
                {
                    Type = "postgresql",
                    Endpoints = [string.Create(CultureInfo.InvariantCulture, $"{TestPostgresServer.Host}:{server.Port}")],
                    Auth = new DataSourceAuth
                    {
                        Username = new SecretKeyReference { Namespace = Namespace, Name = $"{name}-auth", Key = "username" },
                        Password = new SecretKeyReference { Namespace = Namespace, Name = $"{name}-auth", Key = "password" },
                    },
                    CertificateAuthority = new SecretKeyReference { Namespace = Namespace, Name = $"{name}-ca", Key = "ca.crt" },
                },
            });
        }
    }

    /// <summary>Makes ClusterDataSources for the controller to make ready.</summary>
    public Task CreateAsync(int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count), Concurrency(CancellationToken.None), async (number, _) => await CreateAsync(New(number)));

    /// <summary>Makes ClusterDataSources that look as if the controller had made them ready, on the API server and in the servers' catalogues.</summary>
    /// <param name="first">The number of the first.</param>
    /// <param name="count">How many there are then, those that the controller made included.</param>
    public async Task GenerateAsync(int first, int count)
    {
        var names = new ConcurrentBag<(int Server, KineNames Names)>();
        var found = new List<ServerLookup.Found>();
        for (var number = 0; number < servers.Count; number++)
        {
            found.Add((ServerLookup.Found)await services.GetRequiredService<ServerReader>().ReadAsync(new NamespacedName(Namespace, DataSourceName(number)), CancellationToken.None));
        }

        await Parallel.ForEachAsync(Enumerable.Range(first, count - first), Concurrency(CancellationToken.None), async (number, _) =>
            names.Add((number % servers.Count, await GenerateAsync(number, found[number % servers.Count]))));
        for (var number = 0; number < servers.Count; number++)
        {
            await new GeneratedCatalogue(servers[number]).AddAsync(
                [.. names.Where(one => one.Server == number).Select(one => one.Names)], KineNames.Of(New(number)).Database);
        }
    }

    /// <summary>What no controller can do without: one list in pages, and one GET for each ClusterDataSource.</summary>
    public async Task ReadAllAsync()
    {
        var options = new ListOptions { Limit = 500 };
        var names = new List<string>();
        ResourcePage<ClusterDataSource> page;
        do
        {
            page = await client.ListAsync<ClusterDataSource>(options, CancellationToken.None);
            names.AddRange(page.Items.Select(item => item.Metadata.Name!));
            options = options with { Continue = page.Continue };
        }
        while (page.Continue is not null);

        await Parallel.ForEachAsync(names, Concurrency(CancellationToken.None), async (name, token) =>
            await client.GetAsync<Secret>(new NamespacedName(Namespace, new SecretNames(name).Kine), token));
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
        current = await client.CreateAsync(current, WriteOptions.Default, CancellationToken.None);
        var names = KineNames.Of(current);
        var plan = SetupPlan.Decide(current, names, found, wellKnown: null, published: null);
        foreach (var wanted in new[] { plan.Kine.WithAnnotation(AnnotationNames.Provisioned, "true"), plan.CertificateAuthority! })
        {
            await CreateAsync(((SecretChange.Create)SecretPlan.Decide(null, wanted, current)).Secret);
        }

        current = await client.PatchAsync<ClusterDataSource>(
            current.Key, Patch.Merge(ObjectPatches.Record(current, plan.Publishes)!), WriteOptions.Default, CancellationToken.None);
        var ready = StatusPlan.Next(current, new Outcome.Ready(plan.Kine.Name, plan.CertificateAuthority!.Name, []));
        await client.PatchStatusAsync<ClusterDataSource>(
            current.Key, Patch.Merge(StatusPlan.Patch(current, ready)!), WriteOptions.Default, CancellationToken.None);
        return names;
    }

    private ClusterDataSource New(int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"cluster-{number}");
        return new ClusterDataSource
        {
            Metadata = Meta(name),
            Spec = new ClusterDataSourceSpec { DataSource = DataSourceName(number % servers.Count), Schema = DatabaseNames.DefaultSchema(Namespace, name, "x2y4z") },
        };
    }

    private static ParallelOptions Concurrency(CancellationToken token) => new() { MaxDegreeOfParallelism = AtATime, CancellationToken = token };

    private static string DataSourceName(int number) => string.Create(CultureInfo.InvariantCulture, $"db{number}");

    private static ObjectMeta Meta(string name) => new() { Namespace = Namespace, Name = name };

    private static Secret Secret(string name, params (string Key, string Value)[] values) => new()
    {
        Metadata = Meta(name),
        Data = values.ToDictionary(value => value.Key, value => Encoding.UTF8.GetBytes(value.Value), StringComparer.Ordinal),
    };

    private Task<T> CreateAsync<T>(T resource)
        where T : IResource =>
        client.CreateAsync(resource, WriteOptions.Default, CancellationToken.None);
}
