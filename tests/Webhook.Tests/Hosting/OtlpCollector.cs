using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Webhook.Tests.Hosting;

/// <summary>An OTLP collector over http/protobuf, which keeps what it is sent.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<byte[]> exports = new();

    private OtlpCollector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.MapPost("/v1/metrics", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            ContentType = request.ContentType;
            exports.Enqueue(body.ToArray());
            return Results.Bytes([], "application/x-protobuf");
        });
    }

    public Uri Url => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public string? ContentType { get; private set; }

    /// <summary>The names of all metrics received so far. ExportMetricsServiceRequest 1, ResourceMetrics 2, ScopeMetrics 2, Metric 1: the name.</summary>
    public IReadOnlySet<string> Metrics => exports
        .SelectMany(export => Fields(export, 1))
        .SelectMany(resource => Fields(resource, 2))
        .SelectMany(scope => Fields(scope, 2))
        .SelectMany(metric => Fields(metric, 1))
        .Select(name => System.Text.Encoding.UTF8.GetString(name.Span))
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The attributes of the resource. ResourceMetrics 1: Resource; its 1: KeyValue with key 1 and AnyValue 2, whose 1 is a text.</summary>
    public IReadOnlySet<string> Resource => exports
        .SelectMany(export => Fields(export, 1))
        .SelectMany(resource => Fields(resource, 1))
        .SelectMany(resource => Fields(resource, 1))
        .Select(attribute => $"{Text(attribute, 1)}={Fields(attribute, 2).Select(value => Text(value, 1)).FirstOrDefault()}")
        .ToHashSet(StringComparer.Ordinal);

    public static async Task<OtlpCollector> StartAsync()
    {
        var collector = new OtlpCollector();
        await collector.app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private static string Text(ReadOnlyMemory<byte> message, int number) =>
        Fields(message, number).Select(bytes => System.Text.Encoding.UTF8.GetString(bytes.Span)).FirstOrDefault() ?? "";

    /// <summary>The length-delimited fields of a protobuf message that have this number.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> message, int number)
    {
        var position = 0;
        while (position < message.Length)
        {
            var tag = Varint(message, ref position);
            switch (tag & 7)
            {
                case 0:
                    Varint(message, ref position);
                    break;
                case 1:
                    position += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref position);
                    if (tag >> 3 == (ulong)number)
                    {
                        yield return message.Slice(position, length);
                    }

                    position += length;
                    break;
                case 5:
                    position += 4;
                    break;
                default:
                    throw new InvalidDataException("This is no protobuf.");
            }
        }
    }

    private static ulong Varint(ReadOnlyMemory<byte> message, ref int position)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = message.Span[position++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
