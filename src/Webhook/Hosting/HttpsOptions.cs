using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>The listener that the API server calls: the section <c>Https</c>.</summary>
internal sealed class HttpsOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Https";

    /// <summary>The port; 0 takes a free one, which the log then names. Default: 9443.</summary>
    [Range(0, 65535)]
    public int Port { get; init; } = 9443;

    /// <summary>
    /// The folder with <c>tls.crt</c> (the leaf first, then its intermediates) and <c>tls.key</c>, both in PEM. Required for admission, unless
    /// <c>Https:SelfSigned:Enabled</c> is set.
    /// </summary>
    public string CertificateDirectory { get; init; } = "";

    /// <summary>Whether TLS 1.2 is accepted besides 1.3. Default: false; every supported API server speaks 1.3.</summary>
    public bool AllowTls12 { get; init; }

    /// <summary>How often the certificate's files are looked at. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:10")]
    public TimeSpan ReloadInterval { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Generated from the attributes.</summary>
[OptionsValidator]
internal sealed partial class HttpsOptionsValidator : IValidateOptions<HttpsOptions>;
