using System.Text.Json.Nodes;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>What makes a Secret as it is wanted.</summary>
internal abstract record SecretChange
{
    private SecretChange()
    {
    }

    /// <summary>Nothing differs.</summary>
    public sealed record None : SecretChange;

    /// <summary>There is none yet.</summary>
    public sealed record Create(Secret Secret) : SecretChange;

    /// <summary>Only the differences, conditional on the version that they were found in.</summary>
    public sealed record Merge(JsonObject Patch) : SecretChange
    {
        /// <summary>Nothing: the patch holds secrets.</summary>
        public override string ToString() => nameof(Merge);
    }

    /// <summary>The name belongs to somebody else's Secret, which must not be touched.</summary>
    public sealed record Conflict : SecretChange;
}
