using System.Globalization;
using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>A <c>coordination.k8s.io/v1 Lease</c>.</summary>
internal sealed record Lease : Resource, IResource
{
    public static ResourceType ResourceType { get; } = new("coordination.k8s.io", "v1", "leases", "Lease");

    public LeaseSpec? Spec { get; init; }
}

/// <summary><c>Lease.spec</c>. Times are text: nobody computes with another machine's clock.</summary>
internal sealed record LeaseSpec
{
    public string? HolderIdentity { get; init; }

    /// <summary>Seconds.</summary>
    public int? LeaseDurationSeconds { get; init; }

    public string? AcquireTime { get; init; }

    public string? RenewTime { get; init; }

    public int? LeaseTransitions { get; init; }

    /// <summary><c>meta/v1 MicroTime</c>: exactly six digits after the point.</summary>
    public static string ToMicroTime(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
