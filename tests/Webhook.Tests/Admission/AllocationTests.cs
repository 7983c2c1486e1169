using System.Buffers;
using Webhook.Admission;
using Webhook.Injection;

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
