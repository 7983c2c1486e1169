using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane;

namespace EndToEnd.ConformanceTests;

/// <summary>Plain HTTP to a control plane, with the certificate of a kubeconfig or with none.</summary>
internal sealed class RawApi : IDisposable
{
    private readonly HttpClient _http;
    private readonly X509Certificate2? _certificate;

    public RawApi(IControlPlane controlPlane, string? kubeconfig)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                {
                    using var chain = new X509Chain();
                    chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                    chain.ChainPolicy.CustomTrustStore.Add(controlPlane.CertificateAuthority);
                    chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                    return (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None
                        && chain.Build((X509Certificate2)certificate!);
                },
            },
        };
        if (kubeconfig is not null)
        {
            var text = File.ReadAllText(kubeconfig);
            using var ephemeral = X509Certificate2.CreateFromPem(
                Pem(text, "client-certificate-data"), Pem(text, "client-key-data"));
            _certificate = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
            handler.SslOptions.ClientCertificates = [_certificate];
        }

        _http = new HttpClient(handler) { BaseAddress = controlPlane.ServerUrl, Timeout = TimeSpan.FromMinutes(1) };
    }

    public static RawApi Admin(IControlPlane controlPlane) => new(controlPlane, controlPlane.AdminKubeconfigPath);

    public string? Token { get; init; }

    /// <summary>Sends a request; the body of the answer is parsed when it is JSON.</summary>
    public async Task<(int Code, JsonNode Body, HttpResponseHeaders Headers)> SendAsync(
        string method, string path, string? body = null, string contentType = "application/json", string? accept = null)
    {
        using var request = Request(method, path, accept);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var isJson = response.Content.Headers.ContentType?.MediaType == "application/json";
        return ((int)response.StatusCode, isJson ? JsonNode.Parse(text)! : JsonValue.Create(text), response.Headers);
    }

    /// <summary>Opens a watch; read its lines with <see cref="EventReader"/>.</summary>
    public async Task<EventReader> WatchAsync(string path, string? accept = null)
    {
        using var request = Request("GET", path, accept);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return new EventReader(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        _http.Dispose();
        _certificate?.Dispose();
    }

    private HttpRequestMessage Request(string method, string path, string? accept)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("User-Agent", "conformance/1");
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        if (Token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        }

        return request;
    }

    private static string Pem(string kubeconfig, string key)
        => Encoding.ASCII.GetString(Convert.FromBase64String(
            Regex.Match(kubeconfig, key + @":\s*(?<data>\S+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)).Groups["data"].Value));
}

/// <summary>The events of one watch.</summary>
internal sealed class EventReader(HttpResponseMessage response, Stream stream) : IDisposable
{
    private readonly StreamReader _reader = new(stream, Encoding.UTF8);

    public int Code => (int)response.StatusCode;

    /// <summary>The next event; null when the watch has ended.</summary>
    public async Task<JsonNode?> NextAsync()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromMinutes(1));
        var line = await _reader.ReadLineAsync(timeout.Token);
        return line is null ? null : JsonNode.Parse(line);
    }

    /// <summary>The next event that is no bookmark, as <c>TYPE name</c>.</summary>
    public async Task<string?> NextChangeAsync()
    {
        while (await NextAsync() is { } next)
        {
            if ((string?)next["type"] != "BOOKMARK")
            {
                return $"{next["type"]} {next["object"]?["metadata"]?["name"]}";
            }
        }

        return null;
    }

    public void Dispose()
    {
        _reader.Dispose();
        response.Dispose();
    }
}
