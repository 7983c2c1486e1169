using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bench.Load;

/// <summary>A review as a kube-apiserver sent it, as one HTTP request; every sending has a uid of its own.</summary>
internal sealed class RecordedReview
{
    /// <summary>Stands in a review for the number of its sending, eight hexadecimal digits.</summary>
    public const string Serial = "########";

    private const int UidLength = 36;
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static long count;

    private readonly byte[] request;
    private readonly int[] serials;

    private RecordedReview(byte[] request, int[] serials)
    {
        this.request = request;
        this.serials = serials;
    }

    /// <summary>The whole request.</summary>
    public ReadOnlyMemory<byte> Bytes => request;

    /// <summary>The uid of the sending, which the answer must have.</summary>
    public ReadOnlySpan<byte> Uid => request.AsSpan(serials[0], UidLength);

    /// <summary>Makes the request of a recorded review, without the white space that was added for readers.</summary>
    /// <param name="path">Where to: <c>/validate</c> or <c>/mutate</c>.</param>
    /// <param name="review">The review; its first <c>uid</c> is the request's.</param>
    public static RecordedReview Create(string path, JsonNode review)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(review, Compact);
        // What a kube-apiserver sends.
        var head = Encoding.ASCII.GetBytes(
            $"POST {path}?timeout=10s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: kube-apiserver-admission\r\nContent-Length: {body.Length}\r\n"
            + "Accept: application/json, */*\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n");
        byte[] whole = [.. head, .. body];
        var places = new List<int> { whole.AsSpan().IndexOf("\"uid\":\""u8) + "\"uid\":\"".Length };
        for (var next = 0; whole.AsSpan(next).IndexOf(Encoding.ASCII.GetBytes(Serial)) is var found and >= 0; next += found + Serial.Length)
        {
            places.Add(next + found);
        }

        return new RecordedReview(whole, [.. places]);
    }

    /// <summary>A copy for a connection of its own.</summary>
    public RecordedReview Copy() => new([.. request], serials);

    /// <summary>Gives the next sending its uid, and its number wherever <see cref="Serial"/> stood.</summary>
    public void Renew()
    {
        var number = Interlocked.Increment(ref count);
        foreach (var start in serials)
        {
            number.TryFormat(request.AsSpan(start, Serial.Length), out _, "x8", CultureInfo.InvariantCulture);
        }
    }
}
