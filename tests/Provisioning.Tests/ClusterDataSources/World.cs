using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Reconciliation;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>A management cluster and two PostgreSQL servers in memory, with the controller that is tested, as k0rdent's page describes them.</summary>
internal sealed class World
{
    public const string Tenant = "tenant";
    public const string Cluster = "berlin";
    public const string Schema = "tenant_berlin_9fvwr";
    public const string AdminPassword = "admin-password-that-must-not-leak";

    private readonly IDatabaseProvisioner? provisioner;
    private readonly IServerCatalogues? catalogues;

    /// <param name="provisioner">Null: the servers in memory.</param>
    /// <param name="catalogues">Null: those of the servers in memory.</param>
    public World(IDatabaseProvisioner? provisioner = null, IServerCatalogues? catalogues = null)
    {
        this.provisioner = provisioner;
        this.catalogues = catalogues;
        Kubernetes = new FakeKubernetes(Faults);
        Postgres = new FakePostgres(Faults) { Servers = { ["db.example.org"] = Server, ["restored.example.org"] = Restored } };
        Kubernetes.Put(Credentials(AdminPassword));
        Kubernetes.Put(new Secret
        {
            Metadata = new ObjectMeta { Namespace = Tenant, Name = "db-ca" },
            Data = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["root.pem"] = Encoding.UTF8.GetBytes(Certificate + PrivateKey) },
        });
        PutDataSource("main", "db.example.org");
        PutDataSource("restored", "restored.example.org");
    }

    public static string Certificate { get; } = NewCertificate();

    public static string PrivateKey { get; } = NewPrivateKey();

    public Faults Faults { get; } = new();

    public FakeKubernetes Kubernetes { get; }

    public FakePostgres Postgres { get; }

    public FakeServer Server { get; } = new();

    public FakeServer Restored { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public Leadership Leadership { get; } = new();

    public RecordingLoggers Logs { get; } = new();

    public FakeCache<ClusterDataSource> Cache { get; } = new();

    public static NamespacedName Key { get; } = new(Tenant, Cluster);

    public ClusterDataSource Stored => Kubernetes.Find<ClusterDataSource>(Tenant, Cluster)!;

    public ClusterDataSourceStatus Status => Stored.Status!;

    public IReadOnlyList<KubernetesEvent> Events => Kubernetes.All<KubernetesEvent>();

    public static Secret Credentials(string password, string username = "admin", string name = "db-admin") => new()
    {
        Metadata = new ObjectMeta { Namespace = Tenant, Name = name },
        Data = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["username"] = Encoding.UTF8.GetBytes(username),
            ["password"] = Encoding.UTF8.GetBytes(password + "\n"),
        },
    };

    public ClusterDeploymentReconciler NewClusterDeploymentReconciler() => new(
        Kubernetes,
        new FollowedClusters(new StoredCache<ClusterDeployment>(Kubernetes), new StoredCache<ClusterDataSource>(Kubernetes)),
        new ClusterDataSourceCreation(
            Kubernetes,
            new RunningClusters(Kubernetes),
            new RandomSuffix(),
            new CreationGrace(Options.Create(new ClusterDataSourceOptions()), Time),
            Logs.CreateLogger<ClusterDataSourceCreation>()),
        Logs.CreateLogger<ClusterDeploymentReconciler>());

    public void PutDataSource(string name, string host, bool withAuthority = true, int port = 5432, string credentials = "db-admin") => Kubernetes.Put(new DataSource
    {
        Metadata = new ObjectMeta { Namespace = Tenant, Name = name },
        Spec = new DataSourceSpec
        {
            Type = "postgresql",
            Endpoints = [$"{host}:{port}"],
            Auth = new DataSourceAuth
            {
                Username = new SecretKeyReference { Namespace = Tenant, Name = credentials, Key = "username" },
                Password = new SecretKeyReference { Namespace = Tenant, Name = credentials, Key = "password" },
            },
            CertificateAuthority = withAuthority ? new SecretKeyReference { Name = "db-ca", Key = "root.pem" } : null,
        },
    });

    /// <summary>As kcm creates it, with its finalizer.</summary>
    public void PutClusterDataSource(string dataSource = "main", bool withFinalizer = true) => Kubernetes.Put(new ClusterDataSource
    {
        Metadata = new ObjectMeta
        {
            Namespace = Tenant,
            Name = Cluster,
            Finalizers = withFinalizer ? [ClusterDataSource.Finalizer] : null,
        },
        Spec = new ClusterDataSourceSpec { DataSource = dataSource, Schema = Schema },
    });

    /// <summary>Another cluster's, on the same server.</summary>
    public NamespacedName PutAnother(string name)
    {
        Kubernetes.Put(new ClusterDataSource
        {
            Metadata = new ObjectMeta { Namespace = Tenant, Name = name },
            Spec = new ClusterDataSourceSpec { DataSource = "main", Schema = $"tenant_{name}_x2y4z" },
        });
        return new NamespacedName(Tenant, name);
    }

    /// <summary>The cluster's HelmRelease as the webhook made it.</summary>
    public void PutRelease(string kineSecret, string? caSecret = null) => Kubernetes.Put(new HelmReleaseValues
    {
        Metadata = new ObjectMeta { Namespace = Tenant, Name = Cluster },
        Spec = JsonSerializer.SerializeToNode(
            new { values = new { dataSource = new { kineDataSourceSecretName = kineSecret, caSecret = new { name = caSecret } } } }),
    });

    public Secret? Secret(string name) => Kubernetes.Find<Secret>(Tenant, name);

    /// <summary>The DSN in a Secret.</summary>
    public string Dsn(string secret) => Encoding.UTF8.GetString(Secret(secret)!.Data![SecretNames.DsnKey]);

    public void Annotate(string annotation, string? value) => Kubernetes.Edit<ClusterDataSource>(
        Tenant, Cluster, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [annotation] = value } } });

    public void PointTo(string dataSource) =>
        Kubernetes.Edit<ClusterDataSource>(Tenant, Cluster, new JsonObject { ["spec"] = new JsonObject { ["dataSource"] = dataSource } });

    public void ForgetStatus() => Kubernetes.Edit<ClusterDataSource>(Tenant, Cluster, new JsonObject { ["status"] = null });

    public void DeleteClusterDataSource() => Kubernetes.Remove("clusterdatasources", Key);

    public void DeleteSecret(string name) => Kubernetes.Remove("secrets", Key with { Name = name });

    /// <summary>One run of a controller that has just started: nothing is remembered from the run before.</summary>
    public Task<ReconcileResult> ReconcileAsync() => NewReconciler().ReconcileAsync(Key, TestContext.Current.CancellationToken);

    /// <summary>The reconciler of a controller that has just started.</summary>
    /// <param name="options">Null: the defaults.</param>
    public ClusterDataSourceReconciler NewReconciler(ReconciliationOptions? options = null) => NewReconcilers(options).Clusters;

    /// <summary>A controller that has just started, with the reconciler of DataSources, which calls ClusterDataSources.</summary>
    /// <param name="options">Null: the defaults.</param>
    public (ClusterDataSourceReconciler Clusters, DataSourceReconciler DataSources) NewReconcilers(ReconciliationOptions? options = null)
    {
        var rules = new ResourceRules(new EndpointPolicy(new EndpointOptions { AllowLoopback = true }, apiServerHost: null));
        var servers = new ServerReader(Kubernetes, rules);
        var secrets = new OwnedSecrets(Kubernetes, Logs.CreateLogger<OwnedSecrets>());
        var publication = new SecretPublication(Kubernetes, secrets, new RunningClusters(Kubernetes));
        var server = new ServerSetup(provisioner ?? Postgres, publication);
        var metrics = ProvisioningMetricsTests.NewMetrics();
        var readings = new ServerReadings(servers, Leadership, Time);
        var events = new EventRecorder(Kubernetes, Time, Logs.CreateLogger<EventRecorder>());
        var clusters = new SteadyClusters(Options.Create(options ?? new ReconciliationOptions()), Options.Create(new ClusterDataSourceOptions()), Time);
        var steady = new SteadyState(Cache, new OutsideLook(rules, readings, secrets, catalogues ?? Postgres, metrics), clusters, Time);
        var lifecycle = new Lifecycle(
            rules,
            new DatabaseSetup(Kubernetes, readings, secrets, new RunningClusters(Kubernetes), server),
            new Rotation(
                secrets,
                server,
                new FormerLogins(new RunningClusters(Kubernetes), Options.Create(new ClusterDataSourceOptions()), Time),
                new RotationReports(events, Logs.CreateLogger<RotationReports>())),
            publication,
            new DatabaseRelease(Kubernetes, new RunningClusters(Kubernetes), new ServerRelease(servers, provisioner ?? Postgres), secrets, new ReleaseReports(events, Logs.CreateLogger<ReleaseReports>())));
        var statuses = new StatusReporter(Kubernetes, events, metrics, Logs.CreateLogger<StatusReporter>());
        return (
            new ClusterDataSourceReconciler(
                Cache, steady, new ServerTurns(Options.Create(new PostgresOptions())), new CloserLook(Kubernetes, lifecycle, statuses, clusters, new RetryDelays())),
            new DataSourceReconciler(new StoredCache<DataSource>(Kubernetes), clusters, readings));
    }

    public ServerReadings NewReadings() =>
        new(new ServerReader(Kubernetes, new ResourceRules(new EndpointPolicy(new EndpointOptions { AllowLoopback = true }, apiServerHost: null))), Leadership, Time);

    /// <summary>What the informer will know in a moment.</summary>
    public void CacheCatchesUp()
    {
        Cache.Items.Clear();
        Cache.Items.AddRange(Kubernetes.All<ClusterDataSource>());
    }

    private static string NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return certificate.ExportCertificatePem() + "\n";
    }

    private static string NewPrivateKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }
}
