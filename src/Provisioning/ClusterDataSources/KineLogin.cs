using Provisioning.Postgres;

namespace Provisioning.ClusterDataSources;

/// <summary>How a cluster logs in: the name and the password in a DSN.</summary>
/// <param name="Role">One of the two roles of <see cref="KineNames"/>.</param>
/// <param name="Password">Its password.</param>
internal sealed record KineLogin(PostgresIdentifier Role, Password Password);
