using System.Text;

namespace Webhook.Admission;

/// <summary>The message of a denial, word for word as apimachinery's <c>errors.NewInvalid</c> composes it.</summary>
internal static class DenialText
{
    /// <summary>
    /// <c>Kind.group "name" is invalid: field: mistake</c>; several mistakes stand in brackets, equal ones once.
    /// </summary>
    public static string Compose(AdmissionRequest request, IReadOnlyList<DenialCause> causes)
    {
        var text = new StringBuilder(request.Kind.Kind);
        if (request.Kind.Group.Length > 0)
        {
            text.Append('.').Append(request.Kind.Group);
        }

        text.Append(' ');
        AppendQuoted(text, DisplayName(request));
        text.Append(" is invalid");
        var mistakes = causes.Select(Describe).Distinct(StringComparer.Ordinal).ToList();
        if (mistakes.Count > 0)
        {
            var joined = string.Join(", ", mistakes);
            text.Append(": ").Append(mistakes.Count == 1 ? joined : $"[{joined}]");
        }

        return text.ToString();
    }

    /// <summary>The name that the user knows: of an object that is yet to be named, the beginning.</summary>
    public static string DisplayName(AdmissionRequest request) => request.Name.Length > 0 ? request.Name : request.GenerateName;

    private static string Describe(DenialCause cause) => cause.Field.Length > 0 ? $"{cause.Field}: {cause.Message}" : cause.Message;

    private static void AppendQuoted(StringBuilder text, string name)
    {
        text.Append('"');
        foreach (var character in name)
        {
            if (character is '"' or '\\')
            {
                text.Append('\\');
            }

            text.Append(char.IsControl(character) ? '\ufffd' : character);
        }

        text.Append('"');
    }
}
