using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Certificates;

namespace ControlPlane.Admission;

/// <summary>Calls webhooks over HTTPS, trusting only their own authority. Safe for concurrent use.</summary>
internal sealed class WebhookClient(TimeProvider timeProvider) : IDisposable
{
    private readonly ConcurrentDictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);

    /// <summary>Posts a review and returns the body of the answer.</summary>
    /// <exception cref="WebhookException">No answer in time, or not with a success.</exception>
    public async Task<byte[]> PostAsync(Webhook webhook, byte[] review, CancellationToken cancellationToken)
    {
        if (webhook.Url is null)
        {
            throw new WebhookException($"failed to call webhook: Post \"{webhook.Address}\": service \"{webhook.Service}\" not found");
        }

        using var timer = new CancellationTokenSource(webhook.Timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            while (true)
            {
                using var response = await SendAsync(webhook, review, either.Token);
                var body = await response.Content.ReadAsByteArrayAsync(either.Token);
                if (response.IsSuccessStatusCode)
                {
                    return body;
                }

                // The API server's client tries again whenever it is told when, as long as there is time.
                var wait = response.Headers.RetryAfter?.Delta;
                if (wait is null || (response.StatusCode != HttpStatusCode.TooManyRequests && (int)response.StatusCode < 500))
                {
                    throw new WebhookException($"failed to call webhook: {Describe(response.StatusCode, body.Length > 0 ? "unknown" : "")}");
                }

                await Task.Delay(wait.Value, timeProvider, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new WebhookException($"failed to call webhook: Post \"{webhook.Address}\": context deadline exceeded");
        }
        catch (HttpRequestException e)
        {
            throw new WebhookException($"failed to call webhook: Post \"{webhook.Address}\": {Describe(webhook, e)}");
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Webhook webhook, byte[] review, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Address);
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-apiserver-admission");
        request.Headers.TryAddWithoutValidation("Accept", "application/json, */*");
        request.Content = new ByteArrayContent(review);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var client = _clients.GetOrAdd($"{webhook.Url!.Authority} {webhook.Authority}", _ => Create(webhook.Authority));
        return await client.SendAsync(request, cancellationToken);
    }

    private static HttpClient Create(string authority) => new(new SocketsHttpHandler
    {
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        AllowAutoRedirect = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.GZip,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => authority.Length == 0
                ? errors == SslPolicyErrors.None
                : IsTrusted(authority, certificate as X509Certificate2, errors),
        },
    })
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private static bool IsTrusted(string authority, X509Certificate2? certificate, SslPolicyErrors errors)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(authority);
        return ServerTrust.IsTrusted(authorities, certificate, errors);
    }

    private static string Describe(HttpStatusCode status, string body) => (int)status switch
    {
        >= 500 => $"an error on the server (\"{body}\") has prevented the request from succeeding",
        404 => "the server could not find the requested resource",
        429 => "the server has received too many requests and has asked us to try again later",
        _ => "the server rejected our request for an unknown reason",
    };

    private static string Describe(Webhook webhook, HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.ConnectionError => $"dial tcp {webhook.Url!.Authority}: connect: connection refused",
        HttpRequestError.SecureConnectionError => "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        _ => "EOF",
    };
}
