using System.Text;
using System.Text.RegularExpressions;

namespace EndToEnd.Tests.Golden;

/// <summary>
/// What somebody typed and what kubectl answered: lines that begin with <c>#</c> say what is shown, <c>admin$ kubectl ...</c> is a command of
/// that user, with its input up to <c>EOF</c> when it ends in <c>&lt;&lt;EOF</c>, and what follows is the answer.
/// </summary>
internal sealed partial class Transcript
{
    private readonly List<Step> steps = [];

    private Transcript(string name) => Name = name;

    /// <summary>The name of the file, and of the namespace that it is played in.</summary>
    public string Name { get; }

    public static IEnumerable<string> Names => Directory.EnumerateFiles(Repository.Path("tests/EndToEnd.Tests/Golden/Transcripts"), "*.txt")
        .Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);

    public IReadOnlyList<Step> Steps => steps;

    public static string PathOf(string name) => Repository.Path($"tests/EndToEnd.Tests/Golden/Transcripts/{name}.txt");

    public static Transcript Read(string name)
    {
        var transcript = new Transcript(name);
        var lines = new Queue<string>(File.ReadAllLines(PathOf(name)));
        var comment = new StringBuilder();
        while (lines.TryDequeue(out var line))
        {
            if (Command().Match(line) is { Success: true } command)
            {
                var input = command.Groups["input"].Success ? ReadInput(lines) : null;
                var answer = new List<string>();
                while (lines.TryPeek(out var next) && next.Length > 0 && !Command().IsMatch(next))
                {
                    answer.Add(lines.Dequeue());
                }

                transcript.steps.Add(new Step(comment.ToString(), command.Groups["user"].Value, command.Groups["arguments"].Value.Trim(), input, string.Join('\n', answer)));
                comment.Clear();
            }
            else
            {
                comment.Append(line).Append('\n');
            }
        }

        return transcript;
    }

    /// <summary>The same file with other answers.</summary>
    public static string Write(IEnumerable<Step> steps)
    {
        var text = new StringBuilder();
        foreach (var step in steps)
        {
            text.Append(step.Comment).Append(step.User).Append("$ kubectl ").Append(step.Arguments);
            text.Append(step.Input is null ? "\n" : $" <<EOF\n{step.Input}EOF\n");
            text.Append(step.Answer.Length == 0 ? "" : $"{step.Answer}\n");
        }

        return text.ToString();
    }

    private static string ReadInput(Queue<string> lines)
    {
        var input = new StringBuilder();
        while (lines.Dequeue() is var line && line != "EOF")
        {
            input.Append(line).Append('\n');
        }

        return input.ToString();
    }

    [GeneratedRegex(@"^(?<user>[a-z]+)\$ kubectl (?<arguments>.*?)(?<input> <<EOF)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();
}

/// <summary>One command and its answer.</summary>
/// <param name="Comment">The lines before it.</param>
/// <param name="User">Who typed it.</param>
/// <param name="Arguments">What follows <c>kubectl</c>.</param>
/// <param name="Input">Its standard input; null: none.</param>
/// <param name="Answer">Standard error and standard output, without white space at the ends of lines.</param>
internal sealed record Step(string Comment, string User, string Arguments, string? Input, string Answer);
