using Provisioning.Kubernetes;

namespace Provisioning.Inspection;

/// <summary>Hands a database without an owner mark to a ClusterDataSource, with the admin login of its DataSource, which whoever asks must be allowed to read.</summary>
public interface IClusterAdoption
{
    /// <summary>The statements that the server's administrator would run. Changes nothing.</summary>
    Task<AdoptionPreview> PreviewAsync(NamespacedName cluster, CancellationToken cancellationToken);

    /// <summary>Runs the statements of a preview as the admin role: all or none.</summary>
    /// <returns>Why the server refused; null: it is done.</returns>
    Task<string?> RunAsync(NamespacedName cluster, AdoptionPreview preview, CancellationToken cancellationToken);
}

/// <summary>What an adoption takes.</summary>
public sealed record AdoptionPreview
{
    /// <summary>Why it cannot be done; null: nothing stands in the way that could be seen.</summary>
    public string? Refusal { get; init; }

    /// <summary>The statements, in their order; none: nothing lacks its mark.</summary>
    public IReadOnlyList<string> Statements { get; init; } = [];

    /// <summary>The admin role.</summary>
    public string Admin { get; init; } = "";
}
