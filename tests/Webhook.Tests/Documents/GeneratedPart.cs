using System.Text;

namespace Webhook.Tests.Documents;

/// <summary>
/// The part of a page in <c>docs/</c> that is made from code, between two comments. With the environment variable <c>UPDATE_DOCUMENTS=1</c> a
/// test writes it; without, the test fails when it is not what the code says.
/// </summary>
internal static class GeneratedPart
{
    private const string Begin = "<!-- generated: UPDATE_DOCUMENTS=1 dotnet test --project tests/Webhook.Tests -->\n";
    private const string End = "<!-- end of the generated part -->\n";

    public static async Task IsCurrentAsync(string page, string expected)
    {
        var path = Repository.Path($"docs/{page}");
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = text.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= begin, $"docs/{page} lost the comments around its generated part.");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCUMENTS") == "1")
        {
            await File.WriteAllTextAsync(path, new StringBuilder(text[..begin]).Append(expected).Append(text[end..]).ToString(), TestContext.Current.CancellationToken);
            return;
        }

        Assert.True(
            expected == text[begin..end],
            $"docs/{page} does not say what the code says. Run the tests of tests/Webhook.Tests with UPDATE_DOCUMENTS=1 and look at the difference.");
    }
}
