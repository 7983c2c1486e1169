using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Provisioning.Resources;

/// <summary>
/// The names of a cluster's database and roles, made of nothing but <c>spec.schema</c>: different schemas have different names, also where
/// PostgreSQL would cut two long ones off to the same 63 bytes and where kine would write two in the same lower case.
/// </summary>
/// <param name="Database">At most 63 bytes of ASCII, in lower case because kine writes it so.</param>
/// <param name="Role">At most 63 bytes of ASCII, beginning with <c>kine_</c>.</param>
/// <param name="SecondRole">At most 63 bytes of ASCII, beginning with <c>kine2_</c>: no other schema's role, whatever its name ends with.</param>
public sealed partial record DatabaseNames(string Database, string Role, string SecondRole)
{
    private const int MaxLength = 63;
    private const int HeadLength = 28;
    private const int HashLength = 20;
    private const int TailLength = MaxLength - HeadLength - HashLength - 2;
    private const string RolePrefix = "kine_";
    private const string SecondRolePrefix = "kine2_";

    /// <summary>The names for a schema. Total: a schema that the rules refuse gets names too, which are as distinct.</summary>
    public static DatabaseNames FromSchema(string schema)
    {
        ArgumentException.ThrowIfNullOrEmpty(schema);
        return new DatabaseNames(ToIdentifier(schema), ToIdentifier(RolePrefix + schema), ToIdentifier(SecondRolePrefix + schema));
    }

    /// <summary>What a ClusterDataSource gets for a schema when nobody chose one: <c>namespace_name_random</c>, as kcm writes it.</summary>
    /// <param name="inNamespace">The cluster's namespace.</param>
    /// <param name="name">The cluster's name.</param>
    /// <param name="random">Five characters of <see cref="RandomSuffix"/>: a cluster made again under its old name gets another database.</param>
    public static string DefaultSchema(string inNamespace, string name, string random) => $"{Normalise(inNamespace)}_{Normalise(name)}_{random}";

    /// <summary>A Kubernetes name as it stands in a schema: lower case, with <c>_</c> for <c>-</c> and <c>.</c>.</summary>
    public static string Normalise(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.ToLowerInvariant().Replace('-', '_').Replace('.', '_');
    }

    /// <summary>PostgreSQL keeps these names, or a server's own databases and roles have them.</summary>
    public static bool IsReserved(string name) =>
        name is "postgres" or "template0" or "template1" or "public" or "none" || name.StartsWith("pg_", StringComparison.Ordinal);

    // A name that looks like a shortened one is shortened too, else somebody could choose a schema that is another's shortened name.
    private static string ToIdentifier(string name) =>
        name.Length <= MaxLength && Plain().IsMatch(name) && !Shortened().IsMatch(name) ? name : Shorten(name);

    // The ends stay readable: the namespace at the front, the random characters at the back.
    private static string Shorten(string name)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Bytes(name)))[..HashLength];
        var readable = Unreadable().Replace(name.ToLowerInvariant(), "_").PadRight(HeadLength + TailLength, '_');
        return $"{readable[..HeadLength]}_{hash}_{readable[^TailLength..]}";
    }

    // Half a surrogate pair has no UTF-8: all of them would become the same character. A byte that no UTF-8 has keeps these apart from the others.
    private static byte[] Bytes(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return Encoding.UTF8.GetString(bytes) == name ? bytes : [0xff, .. MemoryMarshal.AsBytes(name.AsSpan())];
    }

    [GeneratedRegex(@"\A[a-z0-9_.-]+\z", RegexOptions.NonBacktracking)]
    private static partial Regex Plain();

    [GeneratedRegex("[^a-z0-9_.-]", RegexOptions.NonBacktracking)]
    private static partial Regex Unreadable();

    [GeneratedRegex(@"\A.{28}_[0-9a-f]{20}_.{13}\z", RegexOptions.NonBacktracking | RegexOptions.Singleline)]
    private static partial Regex Shortened();
}
