using System.Text;
using System.Text.Json;
using Webhook.Admission;
using Webhook.Injection;

namespace Webhook.Tests.Injection;

/// <summary>A value whose end is found in the wrong place would have injection read fields that are not there, or miss those that are.</summary>
public sealed class CheckedJsonTests
{
    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"a":{},"b":[],"c":1}""")]
    [InlineData(""" { "a" : { "b" : [ { } , [ ] ] } , "c" : null } """)]
    [InlineData("""{"a":{"b":"}"},"c":["]","[{"]}""")]
    [InlineData("""{"a":{"\"}":"\\"},"b":["\\\"]","\\\\"],"c":{"d":"\u0022}"}}""")]
    [InlineData("""{"a":"{","b":"\"","c":true,"d":-1.5e3,"e":[[[[{"f":[0]}]]]]}""")]
    public void Finds_every_property_that_the_parser_finds(string json) => Assert.Equal(Expected(json), Names(json));

    [Fact]
    public void Finds_every_property_of_objects_made_at_random()
    {
        var random = new Random(20);
        for (var round = 0; round < 2_000; round++)
        {
            var json = new StringBuilder();
            WriteObject(json, random, depth: 0);

            Assert.Equal(Expected(json.ToString()), Names(json.ToString()));
        }
    }

    [Theory]
    [InlineData("""{"a":{""")]
    [InlineData("""{"a":["b""")]
    [InlineData("""{"a":["b\""")]
    [InlineData("""{"a":{"b":[}""")]
    public void A_value_without_an_end_is_an_error(string json) => Assert.ThrowsAny<JsonException>(() => Names(json));

    private static List<string> Expected(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateObject().Select(property => property.Name)];
    }

    private static List<string> Names(string json)
    {
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(rest);
        reader.Read();
        var names = new List<string>();
        while (JsonFields.NextProperty(ref reader))
        {
            names.Add(reader.GetString()!);
            CheckedJson.Skip(ref reader, ref rest);
        }

        Assert.Equal((JsonTokenType.EndObject, 0), (reader.TokenType, reader.CurrentDepth));
        return names;
    }

    private static void WriteObject(StringBuilder json, Random random, int depth)
    {
        json.Append('{');
        for (var (index, count) = (0, random.Next(4)); index < count; index++)
        {
            json.Append(index > 0 ? "," : "").Append(Space(random)).Append(Text(random)).Append(':').Append(Space(random));
            WriteValue(json, random, depth + 1);
        }

        json.Append('}');
    }

    private static void WriteValue(StringBuilder json, Random random, int depth)
    {
        switch (random.Next(depth > 5 ? 2 : 4))
        {
            case 0:
                json.Append(Text(random));
                break;
            case 1:
                json.Append(random.Next());
                break;
            case 2:
                WriteObject(json, random, depth);
                break;
            default:
                json.Append('[');
                WriteValue(json, random, depth + 1);
                json.Append(Space(random)).Append(']');
                break;
        }
    }

    private static string Space(Random random) => random.Next(3) == 0 ? " \n" : "";

    private static string Text(Random random)
    {
        string[] pieces = ["{", "}", "[", "]", "\\\"", "\\\\", ",", ":", "a", "ü", "\\u005c"];
        return $"\"{string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)]))}\"";
    }
}
