using System.Security.Cryptography;

namespace Provisioning.Postgres;

/// <summary>Makes the passwords of kine's roles.</summary>
public static class PasswordGenerator
{
    /// <summary>The length of a generated password: 40 characters of 62 are 238 bits.</summary>
    public const int Length = 40;

    /// <summary>Letters and digits only: k0smotron puts the DSN into a file by <c>sed</c>, which breaks on much else.</summary>
    public const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A new random password. Every character is equally likely (the generator rejects instead of taking a remainder).</summary>
    public static Password Generate() => new(RandomNumberGenerator.GetString(Alphabet, Length));
}
