using System.Globalization;
using System.Text;
using ControlPlane;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>The API server's side of a run: a control plane with the repository's kinds, and one namespace for what is measured.</summary>
internal sealed class BenchCluster(IControlPlane controlPlane, ServiceProvider services) : IAsyncDisposable
{
    /// <summary>The namespace of everything.</summary>
    public const string Namespace = "bench";

    /// <summary>Reads and writes as the administrator.</summary>
    public IKubernetesClient Client { get; } = services.GetRequiredService<IKubernetesClient>();

    /// <summary>The product's own parts, for what has to look as if it had made it.</summary>
    public IServiceProvider Services => services;

    /// <summary>The kubeconfig of the controller.</summary>
    public string Kubeconfig => controlPlane.AdminKubeconfigPath;

    /// <summary>Which API server it is, for people.</summary>
    public string Description => controlPlane.IsReal ? "kube-apiserver" : "the embedded API server";

    /// <summary>Starts it.</summary>
    /// <param name="repository">The folder with the manifests.</param>
    public static async Task<BenchCluster> StartAsync(string repository)
    {
        var controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), CancellationToken.None);
        foreach (var manifests in new[] { "manifests/crds", "tests/ControlPlane/crds" })
        {
            await controlPlane.InstallCustomResourceDefinitionsAsync(Path.Combine(repository, manifests), CancellationToken.None);
        }

        var cluster = new BenchCluster(controlPlane, ClientOf(controlPlane.AdminKubeconfigPath));
        await cluster.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = Namespace } });
        return cluster;
    }

    /// <summary>The product's parts for this API server; nothing of it runs.</summary>
    public static ServiceProvider ClientOf(string kubeconfig)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Kubernetes:Kubeconfig", kubeconfig), new("Endpoints:AllowLoopback", "true")])
            .Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddClusterDataSources(configuration);
        return services.BuildServiceProvider();
    }

    /// <summary>Makes a DataSource, and the Secrets that it names.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="server">The server that it means.</param>
    /// <param name="port">Where it is reached; null: where it listens.</param>
    public async Task CreateDataSourceAsync(string name, TestPostgresServer server, int? port = null)
    {
        await CreateAsync(Secret($"{name}-auth", ("username", server.Admin.Name), ("password", server.Admin.Password)));
        await CreateAsync(Secret($"{name}-ca", ("ca.crt", server.CertificateAuthority.CertificatePem)));
        await CreateAsync(new DataSource
        {
            Metadata = Meta(name),
            Spec = new DataSourceSpec
            {
                Type = "postgresql",
                Endpoints = [string.Create(CultureInfo.InvariantCulture, $"{TestPostgresServer.Host}:{port ?? server.Port}")],
                Auth = new DataSourceAuth
                {
                    Username = new SecretKeyReference { Namespace = Namespace, Name = $"{name}-auth", Key = "username" },
                    Password = new SecretKeyReference { Namespace = Namespace, Name = $"{name}-auth", Key = "password" },
                },
                CertificateAuthority = new SecretKeyReference { Namespace = Namespace, Name = $"{name}-ca", Key = "ca.crt" },
            },
        });
    }

    /// <summary>A ClusterDataSource as a user would make it.</summary>
    public static ClusterDataSource NewClusterDataSource(string name, string dataSource) => new()
    {
        Metadata = Meta(name),
        Spec = new ClusterDataSourceSpec { DataSource = dataSource, Schema = DatabaseNames.DefaultSchema(Namespace, name, "x2y4z") },
    };

    /// <summary>Makes an object.</summary>
    /// <returns>As it is stored.</returns>
    public Task<T> CreateAsync<T>(T resource)
        where T : IResource =>
        Client.CreateAsync(resource, WriteOptions.Default, CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        await controlPlane.DisposeAsync();
    }

    private static ObjectMeta Meta(string name) => new() { Namespace = Namespace, Name = name };

    private static Secret Secret(string name, params (string Key, string Value)[] values) => new()
    {
        Metadata = Meta(name),
        Data = values.ToDictionary(value => value.Key, value => Encoding.UTF8.GetBytes(value.Value), StringComparer.Ordinal),
    };
}
