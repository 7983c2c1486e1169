using System.Text;
using ControlPlane.Http;

namespace ControlPlane.Real;

/// <summary>The audit log of kube-apiserver: who asked for what, without bodies.</summary>
internal sealed class RequestAudit(string directory)
{
    /// <summary>Metadata only: bodies hold Secrets. Administrators are left out, as the embedded form leaves them out.</summary>
    private const string Policy = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - level: None
          userGroups: ["system:masters"]
        - level: Metadata

        """;

    private readonly string _policyPath = Path.Combine(directory, "audit-policy.yaml");
    private readonly string _logPath = Path.Combine(directory, "audit.log");

    /// <summary>What kube-apiserver is started with.</summary>
    public IEnumerable<string> Arguments => [$"--audit-policy-file={_policyPath}", $"--audit-log-path={_logPath}"];

    /// <summary>Writes the policy, before kube-apiserver starts.</summary>
    public Task WritePolicyAsync(CancellationToken cancellationToken) => File.WriteAllTextAsync(_policyPath, Policy, cancellationToken);

    /// <summary>See <see cref="IControlPlane.ReadAccessesAsync"/>.</summary>
    public async Task<IReadOnlyList<AccessRecord>> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(_logPath))
        {
            return [];
        }

        // kube-apiserver goes on writing: a last line without its end is not there yet.
        await using var log = new FileStream(_logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(log, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(cancellationToken);
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(Read).OfType<AccessRecord>().Distinct()];
    }

    private static AccessRecord? Read(string line)
    {
        var audited = Json.Parse(Encoding.UTF8.GetBytes(line))!;
        if (audited["objectRef"] is not { } reference)
        {
            return null;
        }

        var plural = reference["resource"].Text() ?? "";
        var subresource = reference["subresource"].Text() ?? "";
        var verb = audited["verb"].Text() ?? "";
        return new AccessRecord(
            (audited["impersonatedUser"] ?? audited["user"])?["username"].Text() ?? "",
            verb,
            reference["apiGroup"].Text() ?? "",
            subresource.Length > 0 ? $"{plural}/{subresource}" : plural,
            reference["namespace"].Text() ?? "",
            // A create has no name yet when the right is checked; the log fills it in from the body.
            verb == "create" ? "" : reference["name"].Text() ?? "",
            audited["annotations"]?["authorization.k8s.io/decision"].Text() == "allow");
    }
}
