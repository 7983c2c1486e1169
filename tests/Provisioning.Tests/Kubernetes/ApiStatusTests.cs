using System.Net;
using Microsoft.AspNetCore.Http;
using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes;

public sealed class ApiStatusTests
{
    [Fact]
    public async Task Says_what_the_status_says()
    {
        var exception = await FailAsync(404, """{"kind":"Status","status":"Failure","reason":"NotFound","message":"widgets \"a\" not found","code":404}""");

        Assert.Equal((HttpStatusCode.NotFound, "NotFound", "widgets \"a\" not found"), (exception.StatusCode, exception.Reason, exception.Message));
        Assert.True(exception.IsNotFound);
        Assert.False(exception.IsUnknownKind);
    }

    [Theory]
    [InlineData("404 page not found\n", true)]
    [InlineData("<html><body>404 page not found</body></html>", false)]
    [InlineData("", false)]
    [InlineData("{\"kind\":\"Status\",\"reason\":\"Unknown\"}", false)]
    public async Task A_404_that_is_no_status_does_not_say_that_an_object_is_missing(string body, bool isUnknownKind)
    {
        var exception = await FailAsync(404, body);

        Assert.Equal((false, isUnknownKind), (exception.IsNotFound, exception.IsUnknownKind));
    }

    [Theory]
    [InlineData(409, "AlreadyExists", true, false, false)]
    [InlineData(409, "Conflict", false, true, false)]
    [InlineData(410, "Expired", false, false, true)]
    [InlineData(422, "Invalid", false, false, false)]
    public async Task Tells_kinds_of_errors_apart(int code, string reason, bool alreadyExists, bool conflict, bool gone)
    {
        var exception = await FailAsync(code, $$"""{"kind":"Status","reason":"{{reason}}","message":"m"}""");

        Assert.Equal((alreadyExists, conflict, gone), (exception.IsAlreadyExists, exception.IsConflict, exception.IsGone));
    }

    [Theory]
    [InlineData("7", null, 7)]
    [InlineData("Thu, 01 Jan 2026 00:00:09 GMT", null, 9)]
    [InlineData("Wed, 31 Dec 2025 00:00:00 GMT", null, 0)]
    [InlineData(null, 3, 3)]
    [InlineData("7", 3, 7)]
    [InlineData(null, null, null)]
    public async Task Reads_how_long_to_wait(string? header, int? detail, int? seconds)
    {
        var body = detail is null ? "{\"kind\":\"Status\"}" : $$$"""{"kind":"Status","details":{"retryAfterSeconds":{{{detail}}}}}""";

        var exception = await FailAsync(429, body, header);

        Assert.Equal(seconds is null ? null : TimeSpan.FromSeconds(seconds.Value), exception.RetryAfter);
    }

    [Theory]
    [InlineData("<html><body>502 Bad Gateway</body></html>")]
    [InlineData("")]
    [InlineData("{\"kind\":\"Pod\",\"message\":\"hidden\"}")]
    [InlineData("[1")]
    public async Task Survives_answers_that_are_no_status(string body)
    {
        var exception = await FailAsync(502, body);

        Assert.Equal(("", "The API server answered HTTP 502 without saying why."), (exception.Reason, exception.Message));
    }

    [Fact]
    public async Task Does_not_follow_a_redirect_with_its_credentials()
    {
        await using var server = await StubApiServer.StartAsync(context =>
        {
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        });
        using var transport = TestClient.Transport(server);

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(
            () => new KubernetesClient(transport).GetAsync<Widget>(new NamespacedName("ns", "a"), default));

        Assert.Equal(HttpStatusCode.Redirect, exception.StatusCode);
        Assert.Single(server.Requests);
    }

    private static async Task<KubernetesApiException> FailAsync(int code, string body, string? retryAfter = null)
    {
        await using var server = await StubApiServer.StartAsync(context =>
        {
            context.Response.StatusCode = code;
            if (retryAfter is not null)
            {
                context.Response.Headers.RetryAfter = retryAfter;
            }

            return context.Response.WriteAsync(body);
        });
        using var transport = TestClient.Transport(server, new ManualTimeProvider());
        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() => new KubernetesClient(transport).CreateAsync(
            Widget.Named("a", color: "request-body-marker"), WriteOptions.Default, default));
        Assert.DoesNotContain("request-body-marker", exception.ToString(), StringComparison.Ordinal);
        return exception;
    }
}
