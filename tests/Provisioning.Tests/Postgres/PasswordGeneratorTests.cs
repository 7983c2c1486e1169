using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

public sealed class PasswordGeneratorTests
{
    [Fact]
    public void Makes_letters_and_digits_only_and_never_the_same_twice()
    {
        var passwords = Enumerable.Range(0, 1000).Select(_ => PasswordGenerator.Generate().Reveal()).ToList();

        Assert.All(passwords, password => Assert.Equal(PasswordGenerator.Length, password.Length));
        Assert.All(passwords, password => Assert.All(password, character => Assert.True(char.IsAsciiLetterOrDigit(character))));
        Assert.Equal(passwords.Count, passwords.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Uses_the_whole_alphabet()
    {
        var used = Enumerable.Range(0, 200).SelectMany(_ => PasswordGenerator.Generate().Reveal()).ToHashSet();

        Assert.Equal(62, PasswordGenerator.Alphabet.Length);
        Assert.Equal(PasswordGenerator.Alphabet.Order(), used.Order());
    }
}
