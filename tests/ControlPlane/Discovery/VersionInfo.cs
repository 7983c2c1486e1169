using System.Text.Json.Nodes;

namespace ControlPlane.Discovery;

/// <summary>What <c>/version</c> says: the release whose behaviour the embedded API server was compared with.</summary>
internal static class VersionInfo
{
    public const string GitVersion = "v1.36.2+embedded";

    public static JsonObject Build() => new()
    {
        ["major"] = "1",
        ["minor"] = "36",
        ["gitVersion"] = GitVersion,
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = "",
        ["platform"] = "linux/amd64",
    };
}
