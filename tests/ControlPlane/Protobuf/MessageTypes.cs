using System.Collections.Frozen;
using System.Globalization;

namespace ControlPlane.Protobuf;

/// <summary>A field of a protobuf message.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Type">A scalar type or a message.</param>
/// <param name="IsRepeated">A list.</param>
/// <param name="IsMap">A map of string to the type.</param>
internal sealed record MessageField(string Name, string Type, bool IsRepeated, bool IsMap);

/// <summary>The messages that are understood, read from <c>Resources/protobuf.txt</c>.</summary>
internal static class MessageTypes
{
    private static readonly Lazy<FrozenDictionary<string, FrozenDictionary<int, MessageField>>> Read = new(ReadAll);

    /// <summary>The fields of a message by number; null when it is not known.</summary>
    public static FrozenDictionary<int, MessageField>? Find(string message) => Read.Value.GetValueOrDefault(message);

    private static FrozenDictionary<string, FrozenDictionary<int, MessageField>> ReadAll()
    {
        using var stream = typeof(MessageTypes).Assembly.GetManifestResourceStream("ControlPlane.Resources.protobuf.txt")
            ?? throw new InvalidOperationException("protobuf.txt is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#')
            .Select(line => line.Split(':', 2))
            .ToFrozenDictionary(parts => parts[0], parts => Fields(parts[1]), StringComparer.Ordinal);
    }

    private static FrozenDictionary<int, MessageField> Fields(string text) => text.Split(',')
        .Select(field => field.Trim().Split(' '))
        .ToFrozenDictionary(
            parts => int.Parse(parts[0], CultureInfo.InvariantCulture),
            parts => new MessageField(parts[1], parts[2].Trim('[', ']', '{', '}'), parts[2][0] == '[', parts[2][0] == '{'));
}
