namespace Bench.Provisioning;

/// <summary>The arguments of every benchmark that starts controllers.</summary>
internal abstract class ControllerSettings
{
    /// <summary>The folder with the published webhook.</summary>
    public required string Webhook { get; init; }

    /// <summary>The folder with the manifests of the repository's kinds and of its neighbours'.</summary>
    public required string Repository { get; init; }

    /// <summary>A folder for logs.</summary>
    public required string Work { get; init; }

    /// <summary>Where the results go for machines. Empty (the default): nowhere.</summary>
    public string Output { get; init; } = "";

    /// <summary>Reads <c>--key=value</c>.</summary>
    public static T Read<T>(string[] args)
        where T : ControllerSettings =>
        new ConfigurationBuilder().AddCommandLine(args).Build().Get<T>() ?? throw new ArgumentException("No arguments.", nameof(args));
}
