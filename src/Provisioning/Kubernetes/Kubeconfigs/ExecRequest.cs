using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary>What a credential plugin is told in the variable <c>KUBERNETES_EXEC_INFO</c>: an ExecCredential of client.authentication.k8s.io.</summary>
internal static class ExecRequest
{
    /// <summary>The variable.</summary>
    public const string Variable = "KUBERNETES_EXEC_INFO";

    // Where a cluster's entry keeps what is for its plugins.
    private const string Extension = "client.authentication.k8s.io/exec";

    /// <summary>The variable's text.</summary>
    /// <param name="apiVersion">As the kubeconfig has it.</param>
    /// <param name="isInteractive">Whether the plugin may ask on standard input.</param>
    /// <param name="cluster">The cluster, for plugins that are to know it; null: not told.</param>
    /// <param name="authorityPem">The cluster's CA; null: the system's.</param>
    public static string Write(string apiVersion, bool isInteractive, KubeconfigFile.Cluster? cluster, string? authorityPem)
    {
        var spec = new JsonObject { ["interactive"] = isInteractive };
        if (cluster is not null)
        {
            spec["cluster"] = Describe(cluster, authorityPem);
        }

        return new JsonObject { ["kind"] = "ExecCredential", ["apiVersion"] = apiVersion, ["spec"] = spec }.ToJsonString();
    }

    private static JsonObject Describe(KubeconfigFile.Cluster cluster, string? authorityPem)
    {
        var told = new JsonObject { ["server"] = cluster.Server };
        if (!string.IsNullOrEmpty(cluster.TlsServerName))
        {
            told["tls-server-name"] = cluster.TlsServerName;
        }

        if (cluster.InsecureSkipTlsVerify)
        {
            told["insecure-skip-tls-verify"] = true;
        }

        if (authorityPem is not null)
        {
            told["certificate-authority-data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(authorityPem));
        }

        if (!string.IsNullOrEmpty(cluster.ProxyUrl))
        {
            told["proxy-url"] = cluster.ProxyUrl;
        }

        if (cluster.Extensions?.Find(extension => extension?.Name == Extension)?.Extension is { } configuration)
        {
            told["config"] = ToJson(configuration);
        }

        return told;
    }

    // What YAML was read into: mappings, lists, and scalars of the types that they look like.
    private static JsonNode? ToJson(object? value) => value switch
    {
        null => null,
        IDictionary<object, object?> mapping => new JsonObject(
            mapping.Select(entry => KeyValuePair.Create(Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!, ToJson(entry.Value)))),
        string text => JsonValue.Create(text),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(ToJson)]),
        bool truth => JsonValue.Create(truth),
        byte or short or int or long or ulong => JsonValue.Create(Convert.ToDecimal(value, CultureInfo.InvariantCulture)),
        float or double => JsonValue.Create(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(Convert.ToString(value, CultureInfo.InvariantCulture)),
    };
}
