namespace Testing;

/// <summary>Files of the repository, for tests that check what is not code: manifests, documents, scripts.</summary>
internal static class Repository
{
    /// <summary>The folder with Webhook.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path below the root.</summary>
    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(directory.FullName, "Webhook.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("Webhook.sln is in no folder above the test.");
        }

        return directory.FullName;
    }
}
