namespace Bench.Provisioning;

/// <summary>The arguments of <c>bench/restart.sh</c>.</summary>
internal sealed class RestartSettings
{
    /// <summary>The folder with the published webhook.</summary>
    public required string Webhook { get; init; }

    /// <summary>The folder with the manifests of the repository's kinds and of its neighbours'.</summary>
    public required string Repository { get; init; }

    /// <summary>A folder for logs.</summary>
    public required string Work { get; init; }

    /// <summary>Where the results go for machines. Empty (the default): nowhere.</summary>
    public string Output { get; init; } = "";

    /// <summary>How many ready ClusterDataSources. Default: 10,000.</summary>
    public int Count { get; init; } = 10_000;

    /// <summary>How many of them have a database that the controller made; the others are rows of the servers' catalogues. Default: 200.</summary>
    public int Real { get; init; } = 200;

    /// <summary>How many PostgreSQL servers, with a DataSource each. Default: 3.</summary>
    public int Servers { get; init; } = 3;

    /// <summary>How long each look at a process that has nothing to do takes. Default: 60.</summary>
    public int Seconds { get; init; } = 60;
}
