using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Webhook.Admission;
using Webhook.Injection;
using Webhook.Tests.Hosting;

namespace Webhook.Tests.Admission;

/// <summary>Memory per review is bounded by what is read from it, not by its size. Bytes, not times: they do not depend on the machine.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData("datasource-create", 6_000)]
    [InlineData("datasource-update-labels", 6_000)]
    [InlineData("helmrelease-create", 6_000)]
    [InlineData("helmrelease-create-288kb", 6_000)]
    [InlineData("helmrelease-update-288kb-values-removed", 6_000)]
    public void Reading_and_answering_a_review_allocates_a_bounded_amount(string name, long bound)
    {
        var body = Reviews.Read(name);
        var output = new ArrayBufferWriter<byte>(4096);
        Review(body, output);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 10; round++)
        {
            Review(body, output);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 10, 0, bound);
    }

    /// <summary>From the headers to the answer: the limits, the handler with its rules, the metrics, the log.</summary>
    [Theory]
    [InlineData("datasource-create", 7_500)]
    [InlineData("datasource-update-labels", 7_500)]
    [InlineData("helmrelease-create", 4_000)]
    [InlineData("helmrelease-create-288kb", 4_000)]
    public async Task Answering_a_call_allocates_a_bounded_amount(string name, long bound)
    {
        await using var server = await WebhookServer.StartAsync([], _ => { }, "--Authorization:SecretAccess=Off");
        var services = server.App.Services;
        var endpoint = services.GetRequiredService<AdmissionEndpoint>();
        var handlers = name.StartsWith("helmrelease", StringComparison.Ordinal)
            ? new HandlerTable(services.GetServices<IMutatingHandler>())
            : new HandlerTable(services.GetServices<IValidatingHandler>());
        var body = Reviews.Read(name);
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Method = HttpMethods.Post;
        context.Request.ContentType = "application/json";
        context.Request.ContentLength = body.Length;
        context.Request.Body = new MemoryStream(body);

        // Nothing has to be waited for, so that all of it happens on this thread.
        Answer(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Answer(100);

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 0, bound);

        void Answer(int times)
        {
            for (var round = 0; round < times; round++)
            {
                context.Request.Body.Position = 0;
                Assert.True(endpoint.HandleAsync(context, handlers).IsCompletedSuccessfully);
                Assert.Equal(StatusCodes.Status200OK, context.Response.StatusCode);
            }
        }
    }

    private static void Review(byte[] body, ArrayBufferWriter<byte> output)
    {
        var request = AdmissionReviewReader.Read(body);
        if (request.Resource.Resource == "helmreleases")
        {
            ReleaseReader.Read(request.Object.Span);
        }

        output.ResetWrittenCount();
        AdmissionResponder.Write(output, request, new AdmissionDecision.Allowed());
    }
}
