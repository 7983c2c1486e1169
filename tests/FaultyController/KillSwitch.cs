using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Provisioning.Postgres;

namespace FaultyController;

/// <summary>
/// Prints every fault point that is reached, by a name that is the same in every run and for every cluster, and kills this process at the chosen
/// one, with SIGKILL: nothing is cleaned up, no connection is closed in good order.
/// </summary>
/// <param name="inNamespace">The namespace of the cluster, which names contain; null: any.</param>
/// <param name="killAt">The name of the fault point; null: none.</param>
internal sealed partial class KillSwitch(string? inNamespace, string? killAt) : IFaultPoints
{
    private readonly Dictionary<string, int> seen = new(StringComparer.Ordinal);
    private readonly Lock reaching = new();

    /// <inheritdoc/>
    public void Reach(string effect)
    {
        lock (reaching)
        {
            var name = Name(effect);
            seen[name] = seen.GetValueOrDefault(name) + 1;
            name = string.Create(CultureInfo.InvariantCulture, $"{name} #{seen[name]}");
            Console.Out.WriteLine($"fault point: {name}");
            Console.Out.Flush();
            if (name == killAt)
            {
                using var self = Process.GetCurrentProcess();
                self.Kill();

                // The lock is kept: nothing goes on here until the signal has come.
                Thread.Sleep(Timeout.Infinite);
            }
        }
    }

    private string Name(string effect)
    {
        var text = WhiteSpace().Replace(Literals().Replace(effect, "''"), " ");
        text = Hashes().Replace(text, "-kine${ca}-HASH");
        return inNamespace is null
            ? text
            : text.Replace(inNamespace, "NS", StringComparison.Ordinal).Replace(inNamespace.Replace('-', '_'), "NS", StringComparison.Ordinal);
    }

    [GeneratedRegex("'[^']*'", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Literals();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WhiteSpace();

    [GeneratedRegex("-kine(?<ca>-ca)?-[0-9a-f]{10}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Hashes();
}
