using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Provisioning.Postgres;

/// <summary>
/// What PostgreSQL stores instead of a password (RFC 5802, RFC 7677; PostgreSQL, pg_authid): computed here, so that the server never
/// sees the password. Prints itself as <c>***</c>: who has a verifier can guess at the password offline and can play the server.
/// </summary>
internal sealed record ScramVerifier
{
    private const int Iterations = 4096;
    private const int SaltBytes = 16;
    private const int KeyBytes = 32;
    private const string Prefix = "SCRAM-SHA-256$";
    private readonly string value;

    /// <summary>Takes a verifier that was computed before.</summary>
    /// <exception cref="ArgumentException">Not of the shape of a verifier: PostgreSQL would take it for a literal password.</exception>
    public ScramVerifier(string value)
    {
        if (!IsWellFormed(value))
        {
            throw new ArgumentException("Not a SCRAM-SHA-256 verifier.", nameof(value));
        }

        this.value = value;
    }

    /// <summary>A verifier with a random salt: two of the same password differ.</summary>
    public static ScramVerifier Create(Password password) => Create(password, RandomNumberGenerator.GetBytes(SaltBytes));

    /// <summary>A verifier with a given salt.</summary>
    /// <exception cref="ArgumentException">The password has characters beyond ASCII, which would need SASLprep (RFC 4013).</exception>
    public static ScramVerifier Create(Password password, byte[] salt)
    {
        if (!Ascii.IsValid(password.Reveal()) || password.Reveal().Any(char.IsControl))
        {
            throw new ArgumentException("The password of a role has printable ASCII characters only.", nameof(password));
        }

        var salted = Rfc2898DeriveBytes.Pbkdf2(password.Reveal(), salt, Iterations, HashAlgorithmName.SHA256, KeyBytes);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return new ScramVerifier(
            $"{Prefix}{Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}");
    }

    /// <summary>The verifier itself, for <c>ALTER ROLE ... PASSWORD</c> and nothing else.</summary>
    [SuppressMessage("Design", "CA1024", Justification = "A property would be printed by serializers and debuggers.")]
    public string Reveal() => value;

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";

    private static bool IsWellFormed(string value)
    {
        if (!value.StartsWith(Prefix, StringComparison.Ordinal) || value[Prefix.Length..].Split('$') is not [var head, var keys])
        {
            return false;
        }

        return head.Split(':') is [var iterations, var salt]
            && keys.Split(':') is [var stored, var server]
            && int.TryParse(iterations, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= Iterations
            && DecodedLength(salt) >= SaltBytes
            && DecodedLength(stored) == KeyBytes
            && DecodedLength(server) == KeyBytes;
    }

    private static int DecodedLength(string base64)
    {
        var buffer = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, buffer, out var length) ? length : -1;
    }
}
