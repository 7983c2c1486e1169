using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>What one ClusterDataSource is called on a server.</summary>
/// <param name="Database">Its database.</param>
/// <param name="Role">Its role, which owns the tables.</param>
/// <param name="SecondRole">The role that takes turns with it in logging in.</param>
/// <param name="Mark">Whose they are. Names the uid: a recreated ClusterDataSource does not inherit a database.</param>
internal sealed record KineNames(PostgresIdentifier Database, PostgresIdentifier Role, PostgresIdentifier SecondRole, OwnerMark Mark)
{
    /// <summary>The names of a ClusterDataSource that passed the rules: they depend on nothing but its metadata and <c>spec.schema</c>.</summary>
    public static KineNames Of(ClusterDataSource clusterDataSource)
    {
        var names = DatabaseNames.FromSchema(clusterDataSource.Spec!.Schema!);
        return new KineNames(
            new PostgresIdentifier(names.Database),
            new PostgresIdentifier(names.Role),
            new PostgresIdentifier(names.SecondRole),
            new OwnerMark($"k0rdent ClusterDataSource {clusterDataSource.Key} uid {clusterDataSource.Metadata.Uid}"));
    }
}
