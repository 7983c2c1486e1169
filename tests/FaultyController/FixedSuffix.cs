using Provisioning.Resources;

namespace FaultyController;

/// <summary>The same end of every schema: each test's cluster has a namespace of its own.</summary>
internal sealed class FixedSuffix : IRandomSuffix
{
    public string Next() => "x2y4z";
}
