using System.Security.Cryptography;

namespace TestPostgres;

/// <summary>A role of a test's server, with a password made for this run.</summary>
public sealed record TestRole(string Name, string Password)
{
    /// <summary>A role with a random password.</summary>
    public static TestRole WithRandomPassword(string name) =>
        new(name, RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 32));

    public override string ToString() => Name;
}
