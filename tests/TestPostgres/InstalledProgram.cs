namespace TestPostgres;

/// <summary>Programs of Debian packages that some tests need. Services live in /usr/sbin, which is on root's PATH only.</summary>
public static class InstalledProgram
{
    /// <summary>Its path; null when it is not installed.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>Its path.</summary>
    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static string Require(string name) =>
        Find(name) ?? throw new InvalidOperationException($"{name} is not installed: run scripts/prerequisites.sh {name}.");
}
