using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>Who may call: the section <c>Https:ClientCertificate</c>. For API servers that show a certificate to webhooks.</summary>
internal sealed class ClientCertificateOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Https:ClientCertificate";

    /// <summary>
    /// The authorities that sign callers' certificates, in PEM; read again when the file changes. Default: empty, and callers need no
    /// certificate.
    /// </summary>
    public string CertificateAuthorityFile { get; init; } = "";

    /// <summary>
    /// The names that a caller's certificate may have, as its common name or one of its DNS names. Default: empty, and every certificate of
    /// the authorities is good.
    /// </summary>
    public IList<string> AllowedNames { get; init; } = [];
}

/// <summary>Checks the section when the process starts.</summary>
internal sealed class ClientCertificateOptionsValidator : IValidateOptions<ClientCertificateOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ClientCertificateOptions options) =>
        options.AllowedNames.Count > 0 && options.CertificateAuthorityFile.Length == 0
            ? ValidateOptionsResult.Fail(
                "Https:ClientCertificate:AllowedNames needs Https:ClientCertificate:CertificateAuthorityFile: names prove nothing without an authority.")
            : ValidateOptionsResult.Success;
}
