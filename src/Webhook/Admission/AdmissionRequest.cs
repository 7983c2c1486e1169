using System.Collections.ObjectModel;

namespace Webhook.Admission;

/// <summary>What the API server asks (<c>admission.k8s.io/v1 AdmissionRequest</c>), with the objects as raw JSON.</summary>
public sealed record AdmissionRequest
{
    /// <summary>Echoed in the response.</summary>
    public required string Uid { get; init; }

    /// <summary>Group, version and kind of the object as sent to this webhook.</summary>
    public required GroupVersionKind Kind { get; init; }

    /// <summary>Group, version and plural name as sent to this webhook.</summary>
    public required GroupVersionResource Resource { get; init; }

    /// <summary>Such as <c>status</c>; empty for the object itself.</summary>
    public string SubResource { get; init; } = "";

    /// <summary>
    /// The object's name; taken from the object where the API server leaves it out (DELETECOLLECTION). Empty only on a create with
    /// <see cref="GenerateName"/> by an API server that makes the name after admission.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>The prefix of the name to come; set only while <see cref="Name"/> is empty.</summary>
    public string GenerateName { get; init; } = "";

    /// <summary>Empty for cluster-scoped objects.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>CREATE, UPDATE, DELETE or CONNECT.</summary>
    public required AdmissionOperation Operation { get; init; }

    /// <summary>Who asks.</summary>
    public required UserInfo UserInfo { get; init; }

    /// <summary>The new object as the exact bytes received; empty on DELETE. Valid only while the request is handled.</summary>
    public ReadOnlyMemory<byte> Object { get; init; }

    /// <summary>The stored object as the exact bytes received; empty on CREATE. Valid only while the request is handled.</summary>
    public ReadOnlyMemory<byte> OldObject { get; init; }

    /// <summary>What <see cref="IAdmissionHandler.ReadObject"/> made of <see cref="Object"/>; null: it must be read from the bytes.</summary>
    public object? ObjectRead { get; init; }

    /// <summary>What <see cref="IAdmissionHandler.ReadObject"/> made of <see cref="OldObject"/>; null: it must be read from the bytes.</summary>
    public object? OldObjectRead { get; init; }

    /// <summary>True: the API server will store nothing.</summary>
    public bool DryRun { get; init; }
}

/// <summary>The operation of an admission request.</summary>
public enum AdmissionOperation
{
    /// <summary>CREATE.</summary>
    Create,

    /// <summary>UPDATE; also what a patch or an apply of an existing object becomes.</summary>
    Update,

    /// <summary>DELETE; DELETECOLLECTION arrives as one DELETE per object.</summary>
    Delete,

    /// <summary>CONNECT.</summary>
    Connect,
}

/// <summary>Group, version and kind.</summary>
public sealed record GroupVersionKind(string Group, string Version, string Kind);

/// <summary>Group, version and plural name of the resource.</summary>
public sealed record GroupVersionResource(string Group, string Version, string Resource);

/// <summary>The authenticated user (<c>authentication.k8s.io/v1 UserInfo</c>), to be passed on unchanged.</summary>
public sealed record UserInfo
{
    /// <summary>The user's name.</summary>
    public string Username { get; init; } = "";

    /// <summary>Unique over time; often empty.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The user's groups.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>What the authenticator added.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = ReadOnlyDictionary<string, IReadOnlyList<string>>.Empty;
}
