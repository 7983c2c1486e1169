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
    private readonly HttpMessageInvoker invoker;
    private readonly string baseAddress;

    public KubernetesTransport(
        KubernetesConnection connection, IOptions<KubernetesOptions> options, TimeProvider time, ILogger<KubernetesTransport> logger)
    {
        this.connection = connection;
        this.time = time;
        this.logger = logger;
        requestTimeout = options.Value.RequestTimeout;
        invoker = new HttpMessageInvoker(ConnectionPool.Create(connection), disposeHandler: true);
        baseAddress = connection.Server.AbsoluteUri.TrimEnd('/');
    }

    public TimeProvider Time => time;

    /// <summary>Sends the request and hands a successful answer to <paramref name="read"/>, all within the request timeout.</summary>
    /// <exception cref="KubernetesApiException">The API server refused.</exception>
    /// <exception cref="HttpRequestException">The API server did not answer, or not in time.</exception>
    public async Task<TResult> SendAsync<TResult>(
        ApiRequest request, Func<HttpResponseMessage, CancellationToken, Task<TResult>> read, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(requestTimeout, time);
        using var link = EndTogether(deadline, cancellationToken);
        try
        {
            using var response = await SendAsync(request, deadline.Token);
            return await read(response, deadline.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested && deadline.IsCancellationRequested)
        {
            throw NotInTime(exception);
        }
    }

    /// <summary>Opens an answer without an end, such as a watch. Only its headers must come within the request timeout.</summary>
    /// <exception cref="KubernetesApiException">The API server refused.</exception>
    /// <exception cref="HttpRequestException">The API server did not answer, or not in time.</exception>
    public async Task<HttpResponseMessage> OpenAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(requestTimeout, time);
        using var link = EndTogether(deadline, cancellationToken);
        try
        {
            return await SendAsync(request, deadline.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested && deadline.IsCancellationRequested)
        {
            throw NotInTime(exception);
        }
    }

    public void Dispose() => invoker.Dispose();

    private async Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        var token = connection.Token?.Current();
        var response = await SendOnceAsync(request, token, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized && token is not null && connection.Token!.RenewAfterRefusal(token))
        {
            response.Dispose();
            logger.TokenRenewed();
            response = await SendOnceAsync(request, connection.Token.Current(), cancellationToken);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await ApiStatus.ReadAsync(response, time, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(ApiRequest request, string? token, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(request.Method, baseAddress + request.Path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.Accept.Add(Json);
        message.Headers.UserAgent.Add(ConnectionPool.UserAgent);
        if (connection.TlsServerName is { } name)
        {
            // SocketsHttpHandler asks for, and checks, the certificate of the host that this header names.
            message.Headers.Host = name;
        }

        if (token is not null)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(request.ContentType) } };
        }

        var started = time.GetTimestamp();
        var response = await invoker.SendAsync(message, cancellationToken);
        logger.RequestAnswered(request.Method, request.Path, (int)response.StatusCode, time.GetElapsedTime(started).TotalMilliseconds);
        return response;
    }

    // A linked source would be a second one for every request.
    private static CancellationTokenRegistration EndTogether(CancellationTokenSource source, CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);

    private HttpRequestException NotInTime(OperationCanceledException exception) =>
        new($"The API server did not answer within {requestTimeout.TotalSeconds:0} s.", new TimeoutException(exception.Message, exception));
}
