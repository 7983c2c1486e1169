using System.Diagnostics;
using System.Globalization;
using Provisioning.Postgres;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>
/// The least that providing a database takes: the statements that the controller runs, by psql, one process for each database that they run
/// in, and a login as the role. Nothing is observed and nothing is checked.
/// </summary>
internal sealed class PsqlFloor(TestPostgresServer server)
{
    private const int ServerVersionFactor = 10_000;
    private static readonly string[] Silent = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--output", "/dev/null"];

    /// <summary>Makes databases, so many at a time.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> RunAsync(string prefix, int count, int workers)
    {
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            async (number, _) => await MakeAsync(new PostgresIdentifier(string.Create(CultureInfo.InvariantCulture, $"{prefix}_{number}"))));
        return Stopwatch.GetElapsedTime(started);
    }

    private async Task MakeAsync(PostgresIdentifier name)
    {
        var password = TestRole.WithRandomPassword(name.Value);
        var mark = new OwnerMark($"floor {name.Value}");
        ProvisioningStep[] outside =
        [
            new ProvisioningStep.CreateRole(name, 100, mark),
            new ProvisioningStep.CreateDatabase(name),
            new ProvisioningStep.ClosePublic(name),
            new ProvisioningStep.MarkDatabase(name, mark),
            new ProvisioningStep.GrantDatabase(name, name),
            new ProvisioningStep.OpenDatabase(name),
        ];
        await RunAsync(server.Admin, "postgres", string.Concat(outside.Select(Script)));
        var verifier = ScramVerifier.Create(new Password(password.Password));
        await RunAsync(server.Admin, name.Value, $"""
            {Script(new ProvisioningStep.GrantSchema(name))}
            BEGIN;
            {PasswordSetter.CreateTable};
            COPY pg_temp.role_verifier (role, verifier) FROM STDIN;
            {name.Value}	{verifier.Reveal()}
            \.
            {PasswordSetter.Alter};
            COMMIT;

            """);
        await RunAsync(password, name.Value, "SELECT 1;\n");
    }

    private string Script(ProvisioningStep step)
    {
        var script = ProvisioningSql.Script(step, server.Major * ServerVersionFactor);
        var statements = string.Concat(script.Statements.Select(statement => $"{statement};\n"));
        return script.InTransaction ? $"BEGIN;\n{statements}COMMIT;\n" : statements;
    }

    private async Task RunAsync(TestRole role, string database, string script)
    {
        var start = new ProcessStartInfo("psql", Silent) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true };
        start.Environment["PGHOST"] = TestPostgresServer.Host;
        start.Environment["PGPORT"] = server.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = role.Name;
        start.Environment["PGPASSWORD"] = role.Password;
        start.Environment["PGDATABASE"] = database;
        start.Environment["PGSSLMODE"] = "verify-full";
        start.Environment["PGSSLROOTCERT"] = server.CertificateAuthorityFile;
        using var psql = Process.Start(start)!;
        await psql.StandardInput.WriteAsync(script);
        psql.StandardInput.Close();
        var errors = await psql.StandardError.ReadToEndAsync();
        await psql.WaitForExitAsync();
        if (psql.ExitCode != 0)
        {
            throw new InvalidOperationException($"psql ended with {psql.ExitCode}: {errors}");
        }
    }
}
