namespace Provisioning.ClusterDataSources;

/// <summary>What one of our Secrets is to hold: exactly this data, and at least these annotations.</summary>
internal sealed record WantedSecret
{
    /// <summary>In the namespace of its ClusterDataSource.</summary>
    public required string Name { get; init; }

    /// <summary>All keys: others are removed.</summary>
    public required IReadOnlyDictionary<string, byte[]> Data { get; init; }

    /// <summary>Others are left alone.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>With one more annotation.</summary>
    public WantedSecret WithAnnotation(string name, string value) =>
        this with { Annotations = new Dictionary<string, string>(Annotations, StringComparer.Ordinal) { [name] = value } };

    /// <summary>Without an annotation.</summary>
    public WantedSecret WithoutAnnotation(string name) => this with
    {
        Annotations = Annotations.Where(annotation => annotation.Key != name).ToDictionary(StringComparer.Ordinal),
    };

    /// <summary>Only the name: the data is secret.</summary>
    public override string ToString() => Name;
}
