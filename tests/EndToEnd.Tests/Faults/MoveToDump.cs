using TestPostgres;

namespace EndToEnd.Tests.Faults;

/// <summary>
/// A cluster that runs is pointed to a server to which its database was restored with pg_dump --create, by a superuser: rows and mark are there, the
/// role is not.
/// </summary>
internal sealed class MoveToDump(KillWorld world) : Move(world)
{
    private TestPostgresServer? restored;

    public override int LeastFaultPoints => 12;

    protected override IReadOnlyList<string> Credentials => ["restored-auth"];

    public override async Task<IReadOnlyList<KilledCluster>> PrepareAsync(int count)
    {
        var clusters = await CreateRunningAsync(count);
        restored ??= await StartServerAsync(new TestPostgresOptions { CertificateAuthority = World.World.Server.CertificateAuthority });
        foreach (var cluster in clusters)
        {
            var database = cluster.Tenant.SchemaOf(Name);
            var dump = Path.Combine(World.World.Server.ExchangeFolder, $"{cluster.Tenant.Name}.sql");
            await World.World.Server.RunProgramAsync("pg_dump", database, ["--create", "--file", dump], Token);
            await restored.RunProgramAsync("psql", "postgres", ["--quiet", "--no-psqlrc", "--file", dump], Token);
        }

        return [.. clusters.Select(cluster => cluster with { Server = restored })];
    }

    protected override Task ApplyRestoredAsync(KilledCluster cluster) =>
        cluster.Tenant.ApplyDataSourceAsync("restored", cluster.Server.Port, cluster.Server.Superuser);
}
