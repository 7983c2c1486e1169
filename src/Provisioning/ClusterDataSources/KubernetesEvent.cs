using Provisioning.Kubernetes;

namespace Provisioning.ClusterDataSources;

/// <summary>An <c>events.k8s.io/v1 Event</c>: what happened to an object, for those who describe it.</summary>
internal sealed record KubernetesEvent : Resource, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } = new("events.k8s.io", "v1", "events", "Event");

    /// <summary>When it happened first, as <c>MicroTime</c>.</summary>
    public required string EventTime { get; init; }

    /// <summary>The name of the controller.</summary>
    public required string ReportingController { get; init; }

    /// <summary>Which of its processes.</summary>
    public required string ReportingInstance { get; init; }

    /// <summary>What the controller was doing, such as <c>Provision</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Why, in one word.</summary>
    public required string Reason { get; init; }

    /// <summary>The object that it is about.</summary>
    public required ObjectReference Regarding { get; init; }

    /// <summary>Another object that it concerns; null: none.</summary>
    public ObjectReference? Related { get; init; }

    /// <summary>For people; at most 1024 bytes.</summary>
    public required string Note { get; init; }

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public required string Type { get; init; }

    /// <summary>How often it happened again; null: only once.</summary>
    public EventSeries? Series { get; init; }
}

/// <summary><c>v1 ObjectReference</c>.</summary>
internal sealed record ObjectReference
{
    /// <summary><c>group/version</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>The kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The namespace; empty, which the API server leaves out: an object of the whole cluster.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The uid, by which <c>kubectl describe</c> finds events.</summary>
    public required string Uid { get; init; }
}

/// <summary><c>events.k8s.io/v1 EventSeries</c>.</summary>
internal sealed record EventSeries
{
    /// <summary>How often it was seen.</summary>
    public int Count { get; init; }

    /// <summary>When it was seen last, as <c>MicroTime</c>.</summary>
    public string? LastObservedTime { get; init; }
}
