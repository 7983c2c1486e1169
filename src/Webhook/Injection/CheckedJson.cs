using System.Buffers;
using System.Text.Json;
using Webhook.Admission;

namespace Webhook.Injection;

/// <summary>
/// Goes over objects and arrays of JSON that has been checked before by their brackets alone: what is inside is not taken apart a second
/// time. A release has thousands of values, and injection is about one of them.
/// </summary>
internal static class CheckedJson
{
    private static readonly SearchValues<byte> Brackets = SearchValues.Create("\"{}[]"u8);

    /// <summary>Goes over the value of the current property.</summary>
    /// <param name="reader">Stands on the property's name, and on the end of its value afterwards.</param>
    /// <param name="rest">What the reader was made for; afterwards it is one for what follows the value.</param>
    /// <exception cref="JsonException">The value has no end.</exception>
    public static void Skip(ref Utf8JsonReader reader, ref ReadOnlySpan<byte> rest)
    {
        var value = rest[(int)reader.BytesConsumed..];
        var start = value.IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0 || value[start] is not ((byte)'{' or (byte)'['))
        {
            JsonFields.SkipValue(ref reader);
            return;
        }

        // A null in the value's place tells the reader that the property has had its value.
        var instead = new Utf8JsonReader("null"u8, isFinalBlock: false, reader.CurrentState);
        instead.Read();
        rest = value[(start + LengthOf(value[start..]))..];
        reader = new Utf8JsonReader(rest, isFinalBlock: true, instead.CurrentState);
    }

    private static int LengthOf(ReadOnlySpan<byte> value)
    {
        var (depth, length) = (0, 0);
        do
        {
            var next = value[length..].IndexOfAny(Brackets);
            if (next < 0)
            {
                throw new JsonException("The value has no end.");
            }

            length += next + 1;
            switch (value[length - 1])
            {
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)'"':
                    length += LengthOfString(value[length..]);
                    break;
                default:
                    depth--;
                    break;
            }
        }
        while (depth > 0);

        return length;
    }

    /// <summary>What is left of a string behind its first quotation mark, the last one included.</summary>
    private static int LengthOfString(ReadOnlySpan<byte> rest)
    {
        var length = 0;
        while (true)
        {
            var next = rest[length..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                throw new JsonException("The string has no end.");
            }

            if (rest[length + next] == '"')
            {
                return length + next + 1;
            }

            // Whatever is escaped: it is not the end.
            length = Math.Min(length + next + 2, rest.Length);
        }
    }
}
