using System.Globalization;
using System.Text;
using ControlPlane;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>The API server's side of a run: one namespace with a DataSource, and the ClusterDataSources of each round.</summary>
internal sealed class BenchCluster(IControlPlane controlPlane, IKubernetesClient client)
{
    private const string Namespace = "bench";

    /// <summary>The kubeconfig of the controller.</summary>
    public string Kubeconfig => controlPlane.AdminKubeconfigPath;

    /// <summary>Makes the namespace, the Secrets and the DataSource.</summary>
    public async Task PrepareAsync(TestPostgresServer server)
    {
        await CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = Namespace } });
        await CreateAsync(Secret("auth-secret", ("username", server.Admin.Name), ("password", server.Admin.Password)));
        await CreateAsync(Secret("db-ca-secret", ("ca.crt", server.CertificateAuthority.CertificatePem)));
        await CreateAsync(new DataSource
        {
            Metadata = Meta("main"),
            Spec = new DataSourceSpec
            {
                Type = "postgresql",
                Endpoints = [string.Create(CultureInfo.InvariantCulture, $"{TestPostgresServer.Host}:{server.Port}")],
                Auth = new DataSourceAuth
                {
                    Username = new SecretKeyReference { Namespace = Namespace, Name = "auth-secret", Key = "username" },
                    Password = new SecretKeyReference { Namespace = Namespace, Name = "auth-secret", Key = "password" },
                },
                CertificateAuthority = new SecretKeyReference { Namespace = Namespace, Name = "db-ca-secret", Key = "ca.crt" },
            },
        });
    }

    /// <summary>Makes a ClusterDataSource.</summary>
    public Task CreateAsync(string name) => CreateAsync(new ClusterDataSource
    {
        Metadata = Meta(name),
        Spec = new ClusterDataSourceSpec { DataSource = "main", Schema = DatabaseNames.DefaultSchema(Namespace, name, "x2y4z") },
    });

    /// <summary>Waits, by a watch, until so many of those whose name begins so are ready.</summary>
    public async Task WaitUntilReadyAsync(string prefix, int count, CancellationToken cancellationToken)
    {
        var ready = new HashSet<string>(StringComparer.Ordinal);
        var page = await client.ListAsync<ClusterDataSource>(new ListOptions { Namespace = Namespace }, cancellationToken);
        page.Items.ToList().ForEach(Look);
        if (ready.Count >= count)
        {
            return;
        }

        var watch = new WatchOptions { Namespace = Namespace, ResourceVersion = page.ResourceVersion };
        await foreach (var change in client.WatchAsync<ClusterDataSource>(watch, cancellationToken))
        {
            if (change is WatchEvent<ClusterDataSource>.Changed changed)
            {
                Look(changed.Resource);
            }

            if (ready.Count >= count)
            {
                return;
            }
        }

        throw new InvalidOperationException("The watch ended before all were ready.");

        void Look(ClusterDataSource found)
        {
            if (found.Metadata.Name!.StartsWith(prefix, StringComparison.Ordinal) && found.Status is { Ready: true, Error: null })
            {
                ready.Add(found.Metadata.Name);
            }
        }
    }

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
