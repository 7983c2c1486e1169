namespace Provisioning.Resources;

/// <summary>
/// What a person writes on an object that is to keep its state on a DataSource although no ClusterDeployment says so, and what the
/// controller writes back.
/// </summary>
public static class ConsumerAnnotations
{
    /// <summary>The DataSource in the same namespace. Given when the object is created; may change to a restored server, cannot be added or removed.</summary>
    public const string DataSource = "k0rdent.mirantis.com/data-source";

    /// <summary>In which shape a HelmRelease's chart takes its database: <see cref="ConsumerShape.K0rdentProfile"/> (the default) or <see cref="ConsumerShape.VclusterProfile"/>.</summary>
    public const string Profile = "k0rdent.mirantis.com/data-source-profile";

    /// <summary>
    /// Written by the controller when the database was ready for the first time: the <c>spec.schema</c> of its ClusterDataSource. Its presence
    /// says that the object has run on a database, and so must never be given an empty one.
    /// </summary>
    public const string Schema = "k0rdent.mirantis.com/data-source-schema";

    /// <summary>How an annotation is called in messages.</summary>
    public static string FieldOf(string annotation) => $"metadata.annotations[{annotation}]";

    /// <summary>Whether a schema can be that of the object: a copy of another object's annotation says nothing about this one.</summary>
    public static bool IsSchemaOf(string? schema, string inNamespace, string name) =>
        schema?.StartsWith(DatabaseNames.DefaultSchema(inNamespace, name, ""), StringComparison.Ordinal) == true;
}
