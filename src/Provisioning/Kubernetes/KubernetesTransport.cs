using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Provisioning.Kubernetes;

/// <summary>What is sent to the API.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Path">Path and query, as <see cref="RequestPath"/> builds them.</param>
internal sealed record ApiRequest(HttpMethod Method, string Path)
{
    /// <summary>Null sends no body. May be a Secret: never logged, never in an exception.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>The body's media type.</summary>
    public string ContentType { get; init; } = "application/json";
}

/// <summary>
/// Sends requests to the API server over one pool of connections and turns refusals into <see cref="KubernetesApiException"/>. Safe for
/// concurrent use; owned by the service container.
/// </summary>
internal sealed class KubernetesTransport : IDisposable
{
    private static readonly MediaTypeWithQualityHeaderValue Json = new("application/json");
    private readonly KubernetesConnection connection;
    private readonly TimeSpan requestTimeout;
    private readonly TimeProvider time;
    private readonly ILogger<KubernetesTransport> logger;
    private readonly Authentication authentication;
    private readonly ConnectionPools pools;
    private readonly string baseAddress;

    public KubernetesTransport(
        KubernetesConnection connection, IOptions<KubernetesOptions> options, TimeProvider time, ILogger<KubernetesTransport> logger)
    {
        this.connection = connection;
        this.time = time;
        this.logger = logger;
        requestTimeout = options.Value.RequestTimeout;
        authentication = new Authentication(connection);
        pools = new ConnectionPools(connection);
        baseAddress = connection.Server.AbsoluteUri.TrimEnd('/');
    }

    public TimeProvider Time => time;

    /// <summary>Sends the request and hands a successful answer to <paramref name="read"/>, all within the request timeout.</summary>
    /// <exception cref="KubernetesApiException">The API server refused.</exception>
    /// <exception cref="HttpRequestException">The API server did not answer, or not in time.</exception>
    /// <exception cref="KubernetesConfigurationException">A credential plugin gave no credential.</exception>
    public Task<TResult> SendAsync<TResult>(
        ApiRequest request, Func<HttpResponseMessage, CancellationToken, Task<TResult>> read, CancellationToken cancellationToken) => WithCredentialAsync(
            credential => InTimeAsync(
                async inTime =>
                {
                    using var response = await SendAsync(request, credential, inTime);
                    return await read(response, inTime);
                },
                cancellationToken),
            cancellationToken);

    /// <summary>Opens an answer without an end, such as a watch. Only its headers must come within the request timeout.</summary>
    /// <exception cref="KubernetesApiException">The API server refused.</exception>
    /// <exception cref="HttpRequestException">The API server did not answer, or not in time.</exception>
    /// <exception cref="KubernetesConfigurationException">A credential plugin gave no credential.</exception>
    public Task<HttpResponseMessage> OpenAsync(ApiRequest request, CancellationToken cancellationToken) => WithCredentialAsync(
        credential => InTimeAsync(inTime => SendAsync(request, credential, inTime), cancellationToken), cancellationToken);

    public void Dispose() => pools.Dispose();

    /// <summary>Does it with the present credential, and once more with another one when that is refused.</summary>
    private async Task<TResult> WithCredentialAsync<TResult>(Func<Credential, Task<TResult>> send, CancellationToken cancellationToken)
    {
        var credential = await authentication.GetAsync(cancellationToken);
        try
        {
            return await send(credential);
        }
        catch (KubernetesApiException refusal) when (refusal.StatusCode == HttpStatusCode.Unauthorized)
        {
            if (await authentication.RenewAsync(credential, cancellationToken) is not { } renewed)
            {
                throw;
            }

            logger.CredentialRenewed();
            return await send(renewed);
        }
    }

    /// <summary>Does it within the request timeout.</summary>
    private async Task<TResult> InTimeAsync<TResult>(Func<CancellationToken, Task<TResult>> send, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(requestTimeout, time);
        using var link = EndTogether(deadline, cancellationToken);
        try
        {
            return await send(deadline.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested && deadline.IsCancellationRequested)
        {
            throw new HttpRequestException(
                $"The API server did not answer within {requestTimeout.TotalSeconds:0} s.", new TimeoutException(exception.Message, exception));
        }
    }

    private async Task<HttpResponseMessage> SendAsync(ApiRequest request, Credential credential, CancellationToken cancellationToken)
    {
        var response = await SendOnceAsync(request, credential, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await ApiStatus.ReadAsync(response, time, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(ApiRequest request, Credential credential, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(request.Method, baseAddress + request.Path)
        {
            Version = connection.Impersonation is { HasLines: true } ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.Accept.Add(Json);
        message.Headers.UserAgent.Add(ConnectionPool.UserAgent);
        if (connection.TlsServerName is { } name)
        {
            // SocketsHttpHandler asks for, and checks, the certificate of the host that this header names.
            message.Headers.Host = name;
        }

        connection.Impersonation?.AddTo(message.Headers);
        if (credential.Token is { } token)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(request.ContentType) } };
        }

        var started = time.GetTimestamp();
        var response = await pools.For(credential.Certificate ?? connection.ClientCertificate).SendAsync(message, cancellationToken);
        logger.RequestAnswered(request.Method, request.Path, (int)response.StatusCode, time.GetElapsedTime(started).TotalMilliseconds);
        return response;
    }

    // A linked source would be a second one for every request.
    private static CancellationTokenRegistration EndTogether(CancellationTokenSource source, CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);
}
