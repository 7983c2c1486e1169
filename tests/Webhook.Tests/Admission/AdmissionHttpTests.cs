using System.Net;
using System.Net.Http.Headers;
using Webhook.Tests.Hosting;

namespace Webhook.Tests.Admission;

/// <summary>Methods, content types, sizes and slow callers.</summary>
public sealed class AdmissionHttpTests : AdmissionServerTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("BREW")]
    public async Task Refuses_other_methods_with_405_and_names_the_right_one(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/mutate");

        using var answer = await Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["POST"], answer.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/yaml")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/vnd.kubernetes.protobuf")]
    [InlineData(null)]
    public async Task Refuses_other_content_types_with_415(string? type)
    {
        using var content = new ByteArrayContent(Reviews.Read("datasource-create"));
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);

        using var answer = await Client.PostAsync("/validate", content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task Accepts_the_content_type_with_the_charset_spelled_out()
    {
        var response = await ReviewAsync(Reviews.ReadText("datasource-create"), "/validate");

        Assert.True((bool)response["allowed"]!);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-5s")]
    [InlineData("0s")]
    [InlineData("")]
    public async Task Refuses_a_timeout_that_is_none(string timeout)
    {
        using var answer = await Client.PostAsync($"/validate?timeout={timeout}", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Passes_a_body_of_almost_7_MiB_and_an_object_900_levels_deep()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 900)) + "1" + new string('}', 900);
        var body = Change(review => review["request"]!["object"]!["deep"] = "DEEP")
            .Replace("\"DEEP\"", deep, StringComparison.Ordinal)
            .Replace("\"postgresql\"", $"\"{new string('x', (7 * 1024 * 1024) - 20000)}\"", StringComparison.Ordinal);

        var response = await ReviewAsync(body, "/validate");

        Assert.True((bool)response["allowed"]!);
        Assert.InRange(Assert.Single(Seen).Object.Length, (7 * 1024 * 1024) - 20000, 7 * 1024 * 1024);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refuses_a_longer_body_with_413_whether_announced_or_not(bool announced)
    {
        using var content = new ByteArrayContent(new byte[(7 * 1024 * 1024) + 1]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/validate") { Content = content };
        request.Headers.TransferEncodingChunked = !announced;
        request.Headers.ExpectContinue = true;

        using var answer = await Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Cuts_off_a_body_that_does_not_come_to_an_end()
    {
        await using var stream = await Server.ConnectAsync();
        await stream.WriteAsync("POST /validate?timeout=300ms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"u8.ToArray());
        using var reader = new StreamReader(stream);

        // The end of the stream is awaited: the connection is closed, not only answered.
        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 503", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.Empty(Seen);
    }

    [Fact]
    public async Task Refuses_a_body_that_is_cut_short()
    {
        await using var stream = await Server.ConnectAsync();
        await stream.WriteAsync("POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"kin\r\nzz\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);

        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Empty(Seen);
    }

    [Fact]
    public async Task Speaks_HTTP2_too()
    {
        using var http2 = Server.CreateClient(HttpVersion.Version20);

        using var answer = await http2.PostAsync("/validate", WebhookServer.Json(Reviews.ReadText("datasource-create")));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpVersion.Version20, answer.Version);
    }
}
