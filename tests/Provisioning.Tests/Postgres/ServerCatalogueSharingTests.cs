using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

/// <summary>A server that answers slowly, or not at all, must not hold the workers that others need.</summary>
public sealed class ServerCatalogueSharingTests
{
    private readonly ManualTimeProvider time = new();
    private readonly ServerCatalogues catalogues;
    private readonly PostgresServer server = new()
    {
        Endpoints = [new PostgresEndpoint("db.example.org", 5432)],
        Username = "admin",
        Password = PasswordGenerator.Generate(),
    };

    private TaskCompletionSource<IPAddress[]> answer = new();
    private int asked;

    public ServerCatalogueSharingTests()
    {
        var resolver = new EndpointResolver(new AnyAddress(), Options.Create(new PostgresOptions { ConnectTimeout = TimeSpan.FromMinutes(1) }))
        {
            Lookup = (_, cancellationToken) =>
            {
                asked++;
                return answer.Task.WaitAsync(cancellationToken);
            },
        };
        catalogues = Servers.SharedCatalogues(time, resolver);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_but_the_first_waits_for_a_server()
    {
        var first = catalogues.ReadAsync(server, "1", Token);

        Assert.IsType<CatalogueReading.UnderWay>(await catalogues.ReadAsync(server, "1", Token));

        // However long it takes.
        time.Advance(IServerCatalogues.MaxAge * 2);
        Assert.IsType<CatalogueReading.UnderWay>(await catalogues.ReadAsync(server, "1", Token));
        Assert.Equal(1, asked);
        answer.SetException(new SocketException());
        Assert.IsType<CatalogueReading.Failed>(await first);
    }

    [Fact]
    public async Task A_server_that_failed_is_not_asked_again_at_once()
    {
        answer.SetException(new SocketException());
        Assert.IsType<CatalogueReading.Failed>(await catalogues.ReadAsync(server, "1", Token));

        time.Advance(IServerCatalogues.MaxAge - TimeSpan.FromSeconds(1));
        Assert.IsType<CatalogueReading.Failed>(await catalogues.ReadAsync(server, "1", Token));
        Assert.Equal(1, asked);

        time.Advance(TimeSpan.FromSeconds(1));
        await catalogues.ReadAsync(server, "1", Token);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Other_credentials_are_another_reading()
    {
        answer.SetException(new SocketException());
        await catalogues.ReadAsync(server, "1", Token);

        await catalogues.ReadAsync(server with { Username = "other" }, "2", Token);

        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_reading_that_was_given_up_is_begun_again()
    {
        using var gone = new CancellationTokenSource();
        var first = catalogues.ReadAsync(server, "1", gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        answer = new TaskCompletionSource<IPAddress[]>();
        answer.SetException(new SocketException());
        Assert.IsType<CatalogueReading.Failed>(await catalogues.ReadAsync(server, "1", Token));
        Assert.Equal(2, asked);
    }
}
