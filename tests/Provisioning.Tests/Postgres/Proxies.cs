using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Debian's packages of proxies. One that is not installed is a printed skip; where the environment says <c>CI=true</c>, it fails.</summary>
internal static class Proxies
{
    public static void Require(string program) => Assert.SkipUnless(
        InstalledProgram.Find(program) is not null || Environment.GetEnvironmentVariable("CI") == "true",
        $"{program} is not installed: run scripts/prerequisites.sh {program}.");
}
