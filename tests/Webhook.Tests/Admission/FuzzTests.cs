using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Webhook.Admission;
using Webhook.Tests.Hosting;

namespace Webhook.Tests.Admission;

/// <summary>Bytes changed at random, from fixed seeds: no crash, no answer but to what is a review, and none that takes a second.</summary>
public sealed class FuzzTests
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = AdmissionReviewReader.MaxDepth };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_reader_takes_nothing_that_is_no_review(int seed)
    {
        var random = new Random(seed);
        var originals = Reviews.Names.Where(name => !name.Contains("288kb", StringComparison.Ordinal)).Select(Reviews.Read).ToList();
        var (taken, refused) = (0, 0);
        for (var round = 0; round < 3000; round++)
        {
            var body = Mutation.Of(random, originals[random.Next(originals.Count)]);
            try
            {
                AssertIsReview(body, AdmissionReviewReader.Read(body));
                taken++;
            }
            catch (MalformedReviewException exception)
            {
                Assert.InRange(exception.Message.Length, 1, 200);
                refused++;
            }
        }

        Assert.True(taken > 100 && refused > 100, $"{taken} taken, {refused} refused: the mutations are too weak or too strong.");
    }

    [Fact]
    public async Task The_endpoint_answers_every_body_and_allows_only_reviews()
    {
        var random = new Random(42);
        var original = Reviews.Read("datasource-update-labels");
        await using var server = await WebhookServer.StartAsync(new ScriptedHandler("datasources", _ => new AdmissionDecision.Allowed()));
        using var client = server.CreateClient();
        for (var round = 0; round < 500; round++)
        {
            var body = Mutation.Of(random, original);
            var address = random.Next(2) == 0 ? "/validate" : "/validate?timeout=5s";

            using var answer = await Slowness.NeverAsync(
                async () =>
                {
                    using var content = new ByteArrayContent(body);
                    content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                    return await client.PostAsync(address, content);
                },
                () => Convert.ToBase64String(body));

            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.BadRequest });
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                using var review = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
                using var sent = JsonDocument.Parse(body, Deep);
                Assert.Equal(
                    sent.RootElement.GetProperty("request").GetProperty("uid").GetString(),
                    review.RootElement.GetProperty("response").GetProperty("uid").GetString());
            }
        }

        Assert.DoesNotContain(server.Logs.Lines, line => line.StartsWith("Error 1002", StringComparison.Ordinal) || line.Contains("Unhandled", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void The_answer_is_JSON_whatever_the_decision_says()
    {
        var random = new Random(7);
        var request = AdmissionReviewReader.Read(Reviews.Read("datasource-create"));
        for (var round = 0; round < 2000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(300)).Select(_ => (char)random.Next(0xffff))]);
            var output = new ArrayBufferWriter<byte>();

            AdmissionResponder.Write(output, request with { Name = text }, new AdmissionDecision.Denied([new(text, text, text)]) { Warnings = [text] });

            using var parsed = JsonDocument.Parse(output.WrittenMemory);
            var warning = parsed.RootElement.GetProperty("response").GetProperty("warnings")[0].GetString()!;
            Assert.True(warning.EnumerateRunes().Count() <= WarningText.MaxLength);
            Assert.DoesNotContain(warning, char.IsControl);
        }
    }

    private static void AssertIsReview(byte[] body, AdmissionRequest request)
    {
        // A parser that is not ours has the last word on what JSON is.
        using var document = JsonDocument.Parse(body, Deep);
        var root = document.RootElement;
        Assert.Equal("AdmissionReview", root.GetProperty("kind").GetString());
        Assert.Equal("admission.k8s.io/v1", root.GetProperty("apiVersion").GetString());
        Assert.Equal(root.GetProperty("request").GetProperty("uid").GetString(), request.Uid);
        Assert.NotEmpty(request.Uid);
        foreach (var part in new[] { request.Object, request.OldObject }.Where(part => !part.IsEmpty))
        {
            using var parsed = JsonDocument.Parse(part, Deep);
            Assert.Equal(JsonValueKind.Object, parsed.RootElement.ValueKind);
        }
    }
}
