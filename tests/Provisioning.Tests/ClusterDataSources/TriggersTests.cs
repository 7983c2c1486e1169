using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>What makes a reconcile happen, and when the next one is.</summary>
public sealed class TriggersTests
{
    private static readonly ClusterDataSource Stored = new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = "tenant",
            Name = "berlin",
            Uid = "1",
            Generation = 1,
            Finalizers = [ClusterDataSource.Finalizer],
        },
        Spec = new ClusterDataSourceSpec { DataSource = "main" },
        Status = new ClusterDataSourceStatus { Ready = true, KineDataSourceSecret = "berlin-kine" },
    };

    [Fact]
    public void Our_own_writes_are_not_looked_at_again()
    {
        var recorded = Stored with
        {
            Metadata = Stored.Metadata with
            {
                ResourceVersion = "2",
                Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [AnnotationNames.PublishedSecrets] = "x", [AnnotationNames.Database] = "y" },
            },
            Status = Stored.Status! with { Error = "Timeout: x" },
        };

        Assert.False(Counts(Stored, recorded));
        Assert.False(Counts(Stored with { Status = null }, Stored));
    }

    [Fact]
    public void What_others_change_is_looked_at()
    {
        Assert.True(Counts(null, Stored));
        Assert.True(Counts(Stored, null));
        Assert.True(Counts(Stored, Stored with { Metadata = Stored.Metadata with { Uid = "2" } }));
        Assert.True(Counts(Stored, Stored with { Metadata = Stored.Metadata with { Generation = 2 } }));
        Assert.True(Counts(Stored, Stored with { Metadata = Stored.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } }));
        Assert.True(Counts(Stored, Stored with { Metadata = Stored.Metadata with { Finalizers = [] } }));
        Assert.True(Counts(Stored, Stored with { Status = null }));
        foreach (var annotation in AnnotationNames.OfPeople)
        {
            var asked = Stored with
            {
                Metadata = Stored.Metadata with { Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [annotation] = "true" } },
            };
            Assert.True(Counts(Stored, asked));
        }
    }

    [Fact]
    public void A_DataSource_concerns_its_users_in_its_namespace()
    {
        var world = new World();
        world.Cache.Items.AddRange(
        [
            Stored,
            Stored with { Metadata = Stored.Metadata with { Name = "paris" }, Spec = new ClusterDataSourceSpec { DataSource = "other" } },
            Stored with { Metadata = Stored.Metadata with { Namespace = "neighbour" } },
        ]);

        var users = world.NewReconciler().UsersOf(new DataSource { Metadata = new ObjectMeta { Namespace = "tenant", Name = "main" } });

        Assert.Equal([new NamespacedName("tenant", "berlin")], users);
    }

    [Fact]
    public void Retries_double_up_to_a_minute_and_begin_anew_when_it_worked()
    {
        var retries = new RetryDelays();
        var key = new NamespacedName("tenant", "berlin");
        for (var doublings = 0; doublings < 10; doublings++)
        {
            var step = Math.Min(Math.Pow(2, doublings), 60);
            Assert.InRange(retries.Next(key).TotalSeconds, step / 2, step);
        }

        retries.Forget(key);
        Assert.InRange(retries.Next(key).TotalSeconds, 0.5, 1);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 2)]
    public void Everything_is_registered_and_ClusterDeployments_are_read_only_when_they_are_wanted(bool creates, int controllers)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Provisioning:CreateClusterDataSources", creates ? "true" : "false"), new("Provisioning:LeaderElection", "false")])
            .Build();
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddLogging()
            .AddSingleton<IKubernetesClient>(new FakeKubernetes(new Faults()));
        services.AddClusterDataSources(configuration);
        using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        Assert.NotNull(provider.GetRequiredService<ClusterDataSourceReconciler>());
        Assert.Equal(creates, provider.GetService<ClusterDeploymentReconciler>() is not null);
        Assert.Equal(creates, provider.GetService<IResourceCache<ClusterDeployment>>() is not null);
        Assert.Equal(controllers, services.Count(service => service.ServiceType.Name.EndsWith("Reconciler", StringComparison.Ordinal)));
        Assert.Contains(services, service => service.ServiceType == typeof(IHostedService));
    }

    private static bool Counts(ClusterDataSource? before, ClusterDataSource? after) =>
        OwnWrites.AreNotAllOf(new ResourceChange<ClusterDataSource>(Stored.Key, before, after));
}
