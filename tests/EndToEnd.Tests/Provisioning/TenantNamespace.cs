using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;
using TestPostgres;

namespace EndToEnd.Tests.Provisioning;

/// <summary>One test's namespace, with what a user would apply into it.</summary>
internal sealed class TenantNamespace(ProvisioningWorld world, string name)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Name => name;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<TenantNamespace> CreateAsync(ProvisioningWorld world)
    {
        var name = $"tenant-{Guid.NewGuid().ToString("N")[..8]}";
        await world.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = name } }, WriteOptions.Default, Token);
        return new TenantNamespace(world, name);
    }

    /// <summary>The Secrets and the DataSource of k0rdent's page.</summary>
    public async Task ApplyDataSourceAsync(string dataSource = "main")
    {
        await CreateSecretAsync("auth-secret", ("username", world.Server.Admin.Name), ("password", world.Server.Admin.Password));
        await CreateSecretAsync("db-ca-secret", ("ca.crt", world.Server.CertificateAuthority.CertificatePem));
        await CreateDataSourceAsync(dataSource);
    }

    /// <summary>The same for another server, with a Secret of its own for the credentials.</summary>
    public async Task ApplyDataSourceAsync(string dataSource, int port, TestRole admin)
    {
        await CreateSecretAsync($"{dataSource}-auth", ("username", admin.Name), ("password", admin.Password));
        if (await FindAsync<Secret>("db-ca-secret") is null)
        {
            await CreateSecretAsync("db-ca-secret", ("ca.crt", world.Server.CertificateAuthority.CertificatePem));
        }

        await CreateDataSourceAsync(dataSource, port, $"{dataSource}-auth");
    }

    /// <summary>A DataSource for a server with the world's credentials and authority: the world's own, or a copy on another port.</summary>
    public Task CreateDataSourceAsync(string dataSource, int? port = null, string auth = "auth-secret", string? authority = "db-ca-secret") => world.Client.CreateAsync(
        new DataSource
        {
            // Few enough that all clusters of all tests together stay below what the server has: a warning would be another Event.
            Metadata = Meta(dataSource) with
            {
                Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [AnnotationNames.RoleConnectionLimit] = "3" },
            },
            Spec = new DataSourceSpec
            {
                Type = "postgresql",
                Endpoints = [$"{TestPostgresServer.Host}:{port ?? world.Server.Port}"],
                Auth = new DataSourceAuth
                {
                    Username = new SecretKeyReference { Namespace = name, Name = auth, Key = "username" },
                    Password = new SecretKeyReference { Namespace = name, Name = auth, Key = "password" },
                },
                CertificateAuthority = authority is null ? null : new SecretKeyReference { Namespace = name, Name = authority, Key = "ca.crt" },
            },
        },
        WriteOptions.Default,
        Token);

    public Task CreateSecretAsync(string secret, params (string Key, string Value)[] values) => world.Client.CreateAsync(
        new Secret
        {
            Metadata = Meta(secret),
            Data = values.ToDictionary(value => value.Key, value => Encoding.UTF8.GetBytes(value.Value), StringComparer.Ordinal),
        },
        WriteOptions.Default,
        Token);

    public Task<ClusterDataSource> CreateClusterDataSourceAsync(string cluster, string dataSource = "main") => world.Client.CreateAsync(
        new ClusterDataSource
        {
            Metadata = Meta(cluster),
            Spec = new ClusterDataSourceSpec { DataSource = dataSource, Schema = SchemaOf(cluster) },
        },
        WriteOptions.Default,
        Token);

    public Task CreateClusterDeploymentAsync(string cluster, string dataSource) => world.Client.CreateAsync(
        new AppliedClusterDeployment
        {
            Metadata = Meta(cluster),
            Spec = new JsonObject { ["template"] = "openstack-hosted-cp-1-0-12", ["credential"] = "openstack-cluster-identity-cred", ["dataSource"] = dataSource },
        },
        WriteOptions.Default,
        Token);

    /// <summary>That of a ClusterDeployment, held as Flux would hold it, until somebody takes its finalizer off.</summary>
    public async Task CreateHelmReleaseAsync(string cluster, string kineSecret) => await world.Client.CreateAsync(
        new HelmReleaseValues
        {
            Metadata = Meta(cluster) with
            {
                Finalizers = ["finalizers.fluxcd.io"],
                OwnerReferences =
                [
                    new OwnerReference
                    {
                        ApiVersion = ClusterDeployment.ResourceType.ApiVersion,
                        Kind = ClusterDeployment.ResourceType.Kind,
                        Name = cluster,
                        Uid = (await FindAsync<ClusterDeployment>(cluster))!.Metadata.Uid!,
                    },
                ],
            },
            Spec = JsonSerializer.SerializeToNode(new
            {
                interval = "10m",
                chartRef = new { kind = "HelmChart", name = "openstack-hosted-cp-1-0-12", @namespace = name },
                values = new { dataSource = new { kineDataSourceSecretName = kineSecret } },
            }),
        },
        WriteOptions.Default,
        Token);

    public Task PatchAsync<T>(string objectName, JsonObject patch)
        where T : IResource =>
        world.Client.PatchAsync<T>(new NamespacedName(name, objectName), Patch.Merge(patch), WriteOptions.Default, Token);

    public Task DeleteAsync<T>(string objectName)
        where T : IResource =>
        world.Client.DeleteAsync<T>(new NamespacedName(name, objectName), DeleteOptions.Default, Token);

    public async Task<T?> FindAsync<T>(string objectName)
        where T : class, IResource
    {
        try
        {
            return await world.Client.GetAsync<T>(new NamespacedName(name, objectName), Token);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    public Task<ClusterDataSource> WaitUntilReadyAsync(string cluster) => WaitAsync(
        cluster, found => found is { Status: { Ready: true, Error: null } status } && status.ObservedGeneration == found.Metadata.Generation);

    public async Task<ClusterDataSource> WaitAsync(string cluster, Func<ClusterDataSource, bool> condition)
    {
        ClusterDataSource? last = null;
        await PollAsync(
            async () =>
            {
                last = await FindAsync<ClusterDataSource>(cluster);
                return last is not null && condition(last);
            },
            () => $"ClusterDataSource {name}/{cluster}: {last?.Status}");
        return last!;
    }

    public Task WaitUntilGoneAsync<T>(string objectName)
        where T : class, IResource =>
        PollAsync(async () => await FindAsync<T>(objectName) is null, () => $"{typeof(T).Name} {name}/{objectName} is still there");

    /// <summary>Waits for the end of the namespace itself.</summary>
    public Task WaitUntilItIsGoneAsync(RunningController controller) => PollAsync(
        async () =>
        {
            try
            {
                await world.Client.GetAsync<Namespace>(new NamespacedName("", name), Token);
                return false;
            }
            catch (KubernetesApiException exception) when (exception.IsNotFound)
            {
                return true;
            }
        },
        () => $"namespace {name} is still there: {string.Join('\n', controller.Logs.Where(line => line.Contains(name, StringComparison.Ordinal)).TakeLast(5))}");

    /// <summary>The DSN in a Secret.</summary>
    public async Task<KineDsn> DsnAsync(string secret) => KineDsn.Parse(Encoding.UTF8.GetString((await FindAsync<Secret>(secret))!.Data![SecretNames.DsnKey]))!;

    /// <summary>Runs SQL as kine would: with the DSN that the status names.</summary>
    public async Task<object?> QueryAsync(string cluster, string sql)
    {
        var status = (await FindAsync<ClusterDataSource>(cluster))!.Status!;
        return await QueryAsync(await DsnAsync(status.KineDataSourceSecret!), sql, database: null);
    }

    /// <summary>Runs SQL with a DSN's credentials, in its database or in another.</summary>
    public async Task<object?> QueryAsync(KineDsn dsn, string sql, string? database)
    {
        var connectionString = new NpgsqlConnectionStringBuilder
        {
            Host = dsn.Endpoints[0].Host,
            Port = dsn.Endpoints[0].Port,
            Username = dsn.Role.Value,
            Password = dsn.Password.Reveal(),
            Database = database ?? dsn.Database.Value,
            SslMode = SslMode.VerifyFull,
            RootCertificate = world.Server.CertificateAuthorityFile,
            Pooling = false,
        }.ConnectionString;
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }

    /// <summary>The names of all objects of a kind.</summary>
    public async Task<IReadOnlyList<string>> ListAsync<T>()
        where T : IResource =>
        [.. (await world.Client.ListAsync<T>(new ListOptions { Namespace = name }, Token)).Items.Select(found => found.Metadata.Name!).Order(StringComparer.Ordinal)];

    /// <summary>The reasons of the Events about a ClusterDataSource.</summary>
    public async Task<IReadOnlyList<string>> EventReasonsAsync(string cluster) =>
    [
        .. (await world.Client.ListAsync<KubernetesEvent>(new ListOptions { Namespace = name }, Token)).Items
            .Where(happened => happened.Regarding.Name == cluster).Select(happened => happened.Reason),
    ];

    public string SchemaOf(string cluster) => DatabaseNames.DefaultSchema(name, cluster, "x2y4z");

    public static async Task PollAsync(Func<Task<bool>> condition, Func<string> describe)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"Not in time: {describe()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), Token);
        }
    }

    private ObjectMeta Meta(string objectName) => new() { Namespace = name, Name = objectName };
}

/// <summary>A ClusterDeployment as a user applies it, with the fields that the product does not read.</summary>
internal sealed record AppliedClusterDeployment : Resource, IResource
{
    public static ResourceType ResourceType => ClusterDeployment.ResourceType;

    public required JsonObject Spec { get; init; }
}
