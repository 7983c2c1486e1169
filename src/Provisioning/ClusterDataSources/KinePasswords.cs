using System.Text;
using System.Text.RegularExpressions;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Finds the password that a cluster has. The Secret is written before the server hears of a password, so what stands in the Secret is
/// the truth: a crash at any point converges on it.
/// </summary>
internal static partial class KinePasswords
{
    /// <summary>The login in a DSN for one of these roles and exactly this database; null when there is none that can be kept.</summary>
    /// <remarks>
    /// More lenient than <see cref="KineDsn.Parse"/>: whoever edited the host or the parameters by hand did not mean to change the password.
    /// A password that we could not have generated is no password of ours: k0smotron's <c>sed</c> may break on it, and it may be weak.
    /// </remarks>
    public static KineLogin? Find(Secret? secret, KineNames names)
    {
        if (secret?.Data?.GetValueOrDefault(SecretNames.DsnKey) is not { } bytes)
        {
            return null;
        }

        var match = Dsn().Match(Encoding.UTF8.GetString(bytes));
        if (!match.Success || match.Groups["database"].Value != Uri.EscapeDataString(names.Database.Value))
        {
            return null;
        }

        foreach (var role in new[] { names.Role, names.SecondRole })
        {
            if (match.Groups["role"].Value == Uri.EscapeDataString(role.Value))
            {
                return new KineLogin(role, new Password(match.Groups["password"].Value));
            }
        }

        return null;
    }

    [GeneratedRegex(@"\Apostgres(ql)?://(?<role>[^:@/?]+):(?<password>[A-Za-z0-9]{24,128})@[^/?@]*/(?<database>[^/?]+)(\?|\s*\z)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Dsn();
}
