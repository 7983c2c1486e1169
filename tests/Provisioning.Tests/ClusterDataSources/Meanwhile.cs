using System.Text;
using System.Text.Json.Nodes;
using Provisioning.ClusterDataSources;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>What may happen to a cluster that is ready while no controller runs.</summary>
internal static class Meanwhile
{
    /// <summary>By what a person would call them.</summary>
    public static IReadOnlyDictionary<string, Action<World>> Changes { get; } = new Dictionary<string, Action<World>>(StringComparer.Ordinal)
    {
        ["the status has an error"] = world => EditStatus(world, "error", "Timeout: x"),
        ["the status is not ready"] = world => EditStatus(world, "ready", false),
        ["the status is of another generation"] = world => EditStatus(world, "observedGeneration", 7L),
        ["the status names another Secret"] = world => EditStatus(world, "kineDataSourceSecret", "berlin-kine-0123456789"),
        ["the status names another CA"] = world => EditStatus(world, "caSecret", null),
        ["the status is lost"] = world => world.ForgetStatus(),
        ["it moves"] = world => world.PointTo("restored"),
        ["it is being deleted"] = world => world.DeleteClusterDataSource(),
        ["the finalizer is gone"] = world => EditMetadata(world, "finalizers", null),
        ["the database's name is not recorded"] = world => world.Annotate(AnnotationNames.Database, null),
        ["the record of what was published is gone"] = world => world.Annotate(AnnotationNames.PublishedSecrets, null),
        ["the record of what was published is broken"] = world => world.Annotate(AnnotationNames.PublishedSecrets, "{"),
        ["a rotation is asked for"] = world => world.Annotate(AnnotationNames.Rotate, "now"),
        ["an empty database is allowed"] = world => world.Annotate(AnnotationNames.AllowEmptyDatabase, "true"),
        ["something is asked for that only a later version knows"] = world => world.Annotate("k0rdent.mirantis.com/later", "x"),
        ["the Secret is gone"] = world => world.DeleteSecret("berlin-kine"),
        ["the Secret has another host"] = world => EditSecret(world, world.Dsn("berlin-kine").Replace("db.example.org", "elsewhere", StringComparison.Ordinal)),
        ["the Secret has no password"] = world => EditSecret(world, "x"),
        ["the Secret has lost its owner"] = world => world.Kubernetes.Edit<Secret>(
            World.Tenant, "berlin-kine", new JsonObject { ["metadata"] = new JsonObject { ["ownerReferences"] = null } }),
        ["the Secret tells of something left to be done"] = world => world.Kubernetes.Edit<Secret>(
            World.Tenant, "berlin-kine", new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["k0rdent.mirantis.com/later"] = "x" } } }),
        ["nobody was told of a former server yet"] = world => world.Kubernetes.Edit<Secret>(
            World.Tenant, "berlin-kine", new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [AnnotationNames.FormerServer] = "other:5432" } } }),
        ["the CA changed"] = world => world.Kubernetes.Edit<Secret>(World.Tenant, "db-ca", new JsonObject
        {
            ["data"] = new JsonObject { ["root.pem"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(World.Certificate + World.Certificate)) },
        }),
        ["the DataSource has another endpoint"] = world => world.PutDataSource("main", "restored.example.org"),
        ["the DataSource is gone"] = world => world.Kubernetes.Remove("datasources", World.Key with { Name = "main" }),
        ["the admin's password is wrong"] = world => world.Kubernetes.Put(World.Credentials("wrong")),
        ["the role is gone"] = world => world.Server.Roles.Clear(),
        ["the database has another mark"] = world => world.Server.Databases[World.Schema] = "another",
        ["the server does not answer"] = world => world.Postgres.Reading = new CatalogueReading.Failed(),
    };

    private static void EditStatus(World world, string field, JsonNode? value) =>
        world.Kubernetes.Edit<ClusterDataSource>(World.Tenant, World.Cluster, new JsonObject { ["status"] = new JsonObject { [field] = value } });

    private static void EditMetadata(World world, string field, JsonNode? value) =>
        world.Kubernetes.Edit<ClusterDataSource>(World.Tenant, World.Cluster, new JsonObject { ["metadata"] = new JsonObject { [field] = value } });

    private static void EditSecret(World world, string dsn) => world.Kubernetes.Edit<Secret>(World.Tenant, "berlin-kine", new JsonObject
    {
        ["data"] = new JsonObject { [SecretNames.DsnKey] = Convert.ToBase64String(Encoding.UTF8.GetBytes(dsn)) },
    });
}
