using System.Text.Json.Nodes;
using ControlPlane.Writing;

namespace ControlPlane.Admission;

/// <summary>What is about to happen to an object.</summary>
internal sealed record AdmissionCall
{
    public required WriteRequest Request { get; init; }

    /// <summary>CREATE, UPDATE or DELETE.</summary>
    public required string Operation { get; init; }

    /// <summary>The object's name, empty where the client's URL has none (collections, generateName before it is completed).</summary>
    public required string Name { get; init; }

    /// <summary>Null on DELETE.</summary>
    public JsonObject? Object { get; init; }

    /// <summary>Null on CREATE.</summary>
    public JsonObject? OldObject { get; init; }

    /// <summary>CreateOptions, UpdateOptions or DeleteOptions.</summary>
    public required JsonObject Options { get; init; }
}

/// <summary>The two admission phases.</summary>
internal interface IAdmission
{
    /// <summary>Returns the object as the mutating webhooks leave it (null on DELETE).</summary>
    Task<JsonObject?> MutateAsync(AdmissionCall call, CancellationToken cancellationToken);

    /// <summary>Throws when a validating webhook denies.</summary>
    Task ValidateAsync(AdmissionCall call, CancellationToken cancellationToken);
}
