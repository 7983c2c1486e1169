namespace Provisioning.Resources;

/// <summary>What is allowed in a DataSource and still worth a word. At most 120 characters each: more is cut off on the way to the user.</summary>
public static class DataSourceWarnings
{
    internal const string NoCertificateAuthority = "spec.certificateAuthority: none given; the system's trusted CAs must have issued the server's certificate";
    internal const string SingleLabel = "spec.endpoints[{0}]: a single-label host; clusters in other networks may not resolve it";
    internal const string ClusterLocal = "spec.endpoints[{0}]: a cluster-local host; other clusters cannot resolve it";
    internal const string DifferentSecrets = "spec.auth: username and password come from different Secrets; they may be rotated apart";
    internal const string AuthNamespace = "{0}.namespace: empty; a copy made by AccessManagement would look in its own namespace";
    private static readonly string[] ClusterLocalSuffixes = [".svc", ".cluster.local", ".local"];

    /// <summary>The warnings, in the order of the object's fields.</summary>
    /// <param name="dataSource">A DataSource, also one that breaks rules.</param>
    /// <param name="mayBeCopied">AccessManagement may copy it to, or has copied it from, another namespace.</param>
    public static IReadOnlyList<string> Find(DataSource dataSource, bool mayBeCopied)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        if (dataSource.Spec is not { } spec)
        {
            return [];
        }

        var warnings = new List<string>();
        for (var index = 0; index < spec.Endpoints?.Count && index < DataSourceValidator.MaxEndpoints; index++)
        {
            if (Endpoint.TryParse(spec.Endpoints[index], out var endpoint, out _) && endpoint.Address is null && FindForHost(endpoint.Host, index) is { } warning)
            {
                warnings.Add(warning);
            }
        }

        AddForAuth(spec, dataSource.Metadata.Namespace ?? "", mayBeCopied, warnings);
        if (spec.CertificateAuthority is null)
        {
            warnings.Add(NoCertificateAuthority);
        }

        return warnings;
    }

    private static string? FindForHost(string host, int index) => host switch
    {
        _ when !host.Contains('.', StringComparison.Ordinal) => FieldViolation.Detail(SingleLabel, index),
        _ when ClusterLocalSuffixes.Any(suffix => host.EndsWith(suffix, StringComparison.Ordinal)) => FieldViolation.Detail(ClusterLocal, index),
        _ => null,
    };

    private static void AddForAuth(DataSourceSpec spec, string ownNamespace, bool mayBeCopied, List<string> warnings)
    {
        var (username, password) = (spec.Auth?.Username, spec.Auth?.Password);
        if (mayBeCopied && username is { Namespace: null or "" })
        {
            warnings.Add(FieldViolation.Detail(AuthNamespace, "spec.auth.username"));
        }

        if (mayBeCopied && password is { Namespace: null or "" })
        {
            warnings.Add(FieldViolation.Detail(AuthNamespace, "spec.auth.password"));
        }

        if (username is not null && password is not null && username.Resolve(ownNamespace) != password.Resolve(ownNamespace))
        {
            warnings.Add(DifferentSecrets);
        }
    }
}
