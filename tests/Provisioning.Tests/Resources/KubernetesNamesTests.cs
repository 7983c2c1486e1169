using System.Text.RegularExpressions;
using Provisioning.Resources;

namespace Provisioning.Tests.Resources;

/// <summary>The forms of names against the expressions by which apimachinery states them.</summary>
public sealed class KubernetesNamesTests
{
    private const string Label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Every text of up to four of these characters: letters, digits, what may stand between them, and what may stand nowhere.</summary>
    private static IEnumerable<string> Texts
    {
        get
        {
            IEnumerable<string> longest = [""];
            for (var length = 0; length <= 4; length++)
            {
                foreach (var text in longest)
                {
                    yield return text;
                }

                longest = [.. longest.SelectMany(text => "a9-._Z\nä".Select(character => text + character))];
            }
        }
    }

    [Fact]
    public void A_subdomain_is_labels_with_dots_between_them() =>
        AssertSame($@"\A{Label}(\.{Label})*\z", KubernetesNames.CheckSubdomain);

    [Fact]
    public void A_label_begins_and_ends_with_a_letter_or_digit() => AssertSame($@"\A{Label}\z", KubernetesNames.CheckLabel);

    [Fact]
    public void A_key_is_made_of_letters_digits_and_three_signs_and_is_no_path() =>
        AssertSame(@"\A(?!\.\.|\.\z)[-._a-zA-Z0-9]+\z", KubernetesNames.CheckDataKey);

    [Fact]
    public void A_long_name_is_looked_at_once_however_it_ends() =>
        Assert.Equal(2, KubernetesNames.CheckSubdomain(new string('a', 1_000_000) + "!").Count);

    private static void AssertSame(string expression, Func<string, IReadOnlyList<string>> check) =>
        Assert.All(Texts, text => Assert.Equal(Regex.IsMatch(text, expression, RegexOptions.ExplicitCapture, Patience), check(text).Count == 0));
}
