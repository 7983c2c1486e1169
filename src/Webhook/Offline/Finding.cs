namespace Webhook.Offline;

/// <summary>What the check has to say about one place.</summary>
/// <param name="File">The file, as it was named on the command line.</param>
/// <param name="Line">The line; the first is 1.</param>
/// <param name="Subject">The object; empty when the file could not be read that far.</param>
/// <param name="Field">Such as <c>spec.endpoints[0]</c>; empty for the whole object.</param>
/// <param name="Reason">apimachinery's cause type, <see cref="Syntax"/>, <see cref="UnknownField"/> or <see cref="Warning"/>.</param>
/// <param name="Message">The text without the path.</param>
internal sealed record Finding(string File, int Line, string Subject, string Field, string Reason, string Message)
{
    /// <summary>The reason of text that is no manifest.</summary>
    public const string Syntax = "Syntax";

    /// <summary>The reason of a field that the kind does not have: the API server would drop it.</summary>
    public const string UnknownField = "UnknownField";

    /// <summary>The reason of what is allowed and still worth a word.</summary>
    public const string Warning = "Warning";

    /// <summary>Whether it is only a warning.</summary>
    public bool IsWarning => Reason == Warning;

    /// <summary><c>path: message</c>.</summary>
    public string Text => Field.Length == 0 ? Message : $"{Field}: {Message}";
}
