using System.Security.Cryptography;

namespace Provisioning.Resources;

/// <summary>Makes the five characters at the end of a default schema. Replaced in tests.</summary>
public interface IRandomSuffix
{
    /// <summary>Five lower-case letters and digits.</summary>
    string Next();
}

/// <summary>From the system's random generator, with the alphabet of Kubernetes' generated names, which can spell no word.</summary>
public sealed class RandomSuffix : IRandomSuffix
{
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <inheritdoc/>
    public string Next() => RandomNumberGenerator.GetString(Alphabet, 5);
}
