using Microsoft.Extensions.Options;
using Webhook.Hosting;

namespace Webhook.SelfSigned;

/// <summary>How the process makes its own certificate, for clusters without cert-manager: the section <c>Https:SelfSigned</c>.</summary>
internal sealed class SelfSignedOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Https:SelfSigned";

    /// <summary>Whether the process makes its own authority and certificate. Excludes <c>Https:CertificateDirectory</c>. Default: false.</summary>
    public bool Enabled { get; init; }

    /// <summary>The namespace of the Secret and of the Service. Required.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The Secret that the replicas share. Default: <c>k0rdent-datasource-webhook-self-signed</c>.</summary>
    public string SecretName { get; init; } = "k0rdent-datasource-webhook-self-signed";

    /// <summary>The Service that the API server calls: the certificate is for <c>(name).(namespace).svc</c>. Default: <c>k0rdent-datasource-webhook</c>.</summary>
    public string ServiceName { get; init; } = "k0rdent-datasource-webhook";

    /// <summary>The ValidatingWebhookConfiguration whose <c>caBundle</c>s are written. Empty: none. Default: <c>k0rdent-datasource</c>.</summary>
    public string ValidatingWebhookConfiguration { get; init; } = "k0rdent-datasource";

    /// <summary>The MutatingWebhookConfiguration whose <c>caBundle</c>s are written. Empty: none. Default: <c>k0rdent-datasource</c>.</summary>
    public string MutatingWebhookConfiguration { get; init; } = "k0rdent-datasource";

    /// <summary>DNS names and IP addresses that the certificate holds besides the Service's, for configurations with a <c>url</c>. Default: none.</summary>
    public IList<string> AdditionalNames { get; init; } = [];

    /// <summary>How long a certificate is valid; renewed after two thirds. 10 s to 398 days; less than a day is for tests. Default: 90 days.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long an authority is valid; its successor is made after two thirds. At least three times the certificate's. Default: 3650 days.</summary>
    public TimeSpan AuthorityLifetime { get; init; } = TimeSpan.FromDays(3650);

    /// <summary>
    /// How long a new authority is trusted before it signs, and twice this long the one before it is trusted after that. 1 s to a tenth of
    /// the authority's lifetime. Default: 1 h.
    /// </summary>
    public TimeSpan AuthorityOverlap { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often the Secret and the webhook configurations are looked at. 1 s to 5 min. Default: 10 s.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Checks the section <c>Https:SelfSigned</c> when the process starts; reports all that is wrong.</summary>
internal sealed class SelfSignedOptionsValidator(IOptions<HttpsOptions> https) : IValidateOptions<SelfSignedOptions>
{
    private static readonly TimeSpan ShortestLifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(398);

    // X.509 ends with the year 9999; what is longer than this is a slip.
    private static readonly TimeSpan LongestAuthority = TimeSpan.FromDays(36500);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SelfSignedOptions options)
    {
        var failures = new List<string>();
        Demand(https.Value.CertificateDirectory.Length == 0, "Enabled excludes Https:CertificateDirectory: set one of them.");
        Demand(options.Namespace.Length > 0, "Namespace must be the namespace of the Secret and of the Service.");
        Demand(options.SecretName.Length > 0, "SecretName must be the name of a Secret.");
        Demand(options.ServiceName.Length > 0, "ServiceName must be the name of a Service.");
        Demand(
            options.CertificateLifetime >= ShortestLifetime && options.CertificateLifetime <= LongestLifetime,
            "CertificateLifetime must be between 00:00:10 and 398.00:00:00.");
        Demand(
            options.AuthorityLifetime >= 3 * options.CertificateLifetime && options.AuthorityLifetime <= LongestAuthority,
            "AuthorityLifetime must be between three times CertificateLifetime and 36500.00:00:00.");
        Demand(
            options.AuthorityOverlap >= TimeSpan.FromSeconds(1) && options.AuthorityOverlap <= options.AuthorityLifetime / 10,
            "AuthorityOverlap must be between 00:00:01 and a tenth of AuthorityLifetime.");
        Demand(
            options.CheckInterval >= TimeSpan.FromSeconds(1) && options.CheckInterval <= TimeSpan.FromMinutes(5),
            "CheckInterval must be between 00:00:01 and 00:05:00.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Demand(bool condition, string failure)
        {
            if (!condition)
            {
                failures.Add($"{SelfSignedOptions.SectionName}:{failure}");
            }
        }
    }
}
