using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using ControlPlane.Certificates;
using ControlPlane.Http;

namespace ControlPlane.Client;

/// <summary>Speaks JSON to the API server of either form, with an administrator's certificate. Safe for concurrent use.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly X509Certificate2 _clientCertificate;
    private readonly HttpClient _http;

    public ApiClient(Uri server, X509Certificate2 authority, IssuedCertificate client)
    {
        _clientCertificate = client.Load();
        _http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [_clientCertificate],
                RemoteCertificateValidationCallback = (_, certificate, _, errors) => ServerTrust.IsTrusted([authority], certificate as X509Certificate2, errors),
            },
            ConnectTimeout = TimeSpan.FromSeconds(5),
            EnableMultipleHttp2Connections = true,
        })
        {
            BaseAddress = server,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Sends a request and reads the whole answer; an answer that is not JSON comes back as a null body.</summary>
    public async Task<ApiAnswer> SendAsync(
        HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Json.ToUtf8(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }

        using var response = await _http.SendAsync(request, cancellationToken);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var isJson = response.Content.Headers.ContentType?.MediaType == "application/json";
        return new ApiAnswer(response.StatusCode, isJson ? Json.Parse(bytes) : null);
    }

    /// <summary>Opens a stream of JSON lines, such as a watch. The caller disposes the response.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, string accept, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return response;
    }

    public void Dispose()
    {
        _http.Dispose();
        _clientCertificate.Dispose();
    }
}

/// <summary>What the API server answered.</summary>
internal sealed record ApiAnswer(HttpStatusCode StatusCode, JsonNode? Body)
{
    /// <summary>Throws with the server's message unless the answer is a success.</summary>
    public JsonObject Required(string what) => (int)StatusCode < 300 && Body is JsonObject body
        ? body
        : throw new InvalidOperationException($"{what}: HTTP {(int)StatusCode}: {Body?["message"]}");
}
