using System.Text.Json;

namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary>What a credential plugin answers on standard output: the status of an ExecCredential.</summary>
/// <param name="Credential">A token, a certificate or both.</param>
/// <param name="Expiration">When to ask it again; null: when the API server refuses what it gave.</param>
internal sealed record ExecAnswer(Credential Credential, DateTimeOffset? Expiration)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>Reads an answer. No error quotes it: it is a credential.</summary>
    /// <param name="output">What the plugin wrote.</param>
    /// <param name="apiVersion">That of the kubeconfig, which the answer must have.</param>
    /// <param name="source">What an error names.</param>
    /// <exception cref="KubernetesConfigurationException">It is not one, or gives nothing.</exception>
    public static ExecAnswer Parse(string output, string apiVersion, string source)
    {
        if (Read(output) is not { Kind: "ExecCredential" } answer)
        {
            throw new KubernetesConfigurationException(source, "the plugin did not answer with an ExecCredential in JSON; run it by hand to see what it prints.");
        }

        if (answer.ApiVersion != apiVersion)
        {
            throw new KubernetesConfigurationException(
                source, $"the plugin did not answer in {apiVersion}, which the kubeconfig has as its apiVersion; correct that, or update the plugin.");
        }

        var token = string.IsNullOrEmpty(answer.Status?.Token) ? null : BearerToken.Clean(answer.Status.Token, source);
        var certificate = ReadCertificate(answer.Status, source);
        return token is null && certificate is null
            ? throw new KubernetesConfigurationException(source, "the plugin gave neither a token nor a client certificate; is it logged in?")
            : new ExecAnswer(new Credential(token, certificate), answer.Status!.ExpirationTimestamp);
    }

    public override string ToString() => "***";

    private static Wire? Read(string output)
    {
        try
        {
            return JsonSerializer.Deserialize<Wire>(output, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ClientCertificate? ReadCertificate(WireStatus? status, string source)
    {
        var (certificate, key) = (status?.ClientCertificateData, status?.ClientKeyData);
        return (string.IsNullOrEmpty(certificate), string.IsNullOrEmpty(key)) switch
        {
            (true, true) => null,
            (false, false) => ClientCertificate.FromPem(certificate!, key!, $"{source}: clientCertificateData and clientKeyData of the plugin's answer"),
            _ => throw new KubernetesConfigurationException(source, "the plugin gave only one of clientCertificateData and clientKeyData; update it."),
        };
    }

    private sealed record Wire(string? Kind, string? ApiVersion, WireStatus? Status);

    private sealed record WireStatus(string? Token, string? ClientCertificateData, string? ClientKeyData, DateTimeOffset? ExpirationTimestamp);
}
