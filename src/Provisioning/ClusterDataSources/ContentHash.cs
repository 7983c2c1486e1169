using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Provisioning.ClusterDataSources;

/// <summary>Names the content of a Secret.</summary>
internal static class ContentHash
{
    /// <summary>
    /// Ten hexadecimal digits of SHA-256. They stand in the names of Secrets, where more people can read them than Secrets: 40 bits say nothing
    /// useful about a generated password, and only generated ones are ever published.
    /// </summary>
    public static string Of(IReadOnlyDictionary<string, byte[]> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (key, value) in content.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Append(hash, Encoding.UTF8.GetBytes(key));
            Append(hash, value);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..10];
    }

    private static void Append(IncrementalHash hash, byte[] bytes)
    {
        // With its length before it, no part can pass for the end of the one before.
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
