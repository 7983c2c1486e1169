using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>
/// Decides in the TLS handshake who may call. A file of authorities that is bad or half-written changes nothing: the last good one stays.
/// One caller at a time loads; checking is safe at any time.
/// </summary>
internal sealed class ClientCertificateCheck
{
    /// <summary>Scanners must not fill the log: one line for each reason and minute.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");
    private readonly ClientCertificateOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<ClientCertificateCheck> logger;
    private readonly Counter<long> refusals;
    private readonly Dictionary<string, long> lastLogged = new(StringComparer.Ordinal);
    private volatile X509Certificate2Collection? authorities;
    private volatile string? problem;
    private string? digest;

    public ClientCertificateCheck(
        IOptions<ClientCertificateOptions> options, TimeProvider time, IMeterFactory meters, ILogger<ClientCertificateCheck> logger)
    {
        this.options = options.Value;
        this.time = time;
        this.logger = logger;
        refusals = meters.Create(CertificateSource.MeterName).CreateCounter<long>(
            "webhook.client_certificate.refusals", "{connection}", "Connections that were refused because of the caller's certificate, by reason.");
    }

    /// <summary>Whether callers need a certificate at all.</summary>
    public bool IsOn => options.CertificateAuthorityFile.Length > 0;

    /// <summary>Why the file as it is now cannot be used; null when it can.</summary>
    public string? Problem => problem;

    /// <summary>Loads the authorities that the process starts with; nothing when the check is off.</summary>
    /// <exception cref="StartUpException">There is no usable file.</exception>
    public void LoadFirst()
    {
        if (!IsOn)
        {
            return;
        }

        Reload();
        if (authorities is null)
        {
            throw new StartUpException($"{ClientCertificateOptions.SectionName}:{nameof(options.CertificateAuthorityFile)}: {problem}");
        }
    }

    /// <summary>Takes the file's content over if it has changed and is usable.</summary>
    public void Reload()
    {
        try
        {
            var text = File.ReadAllText(options.CertificateAuthorityFile);
            var now = Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
            if (now != digest)
            {
                var found = new X509Certificate2Collection();
                found.ImportFromPem(text);
                if (found.Count == 0)
                {
                    Fail($"{options.CertificateAuthorityFile} holds no certificate. Put the callers' authorities in PEM there.");
                    return;
                }

                authorities = found;
                digest = now;
                logger.ClientAuthoritiesLoaded(found.Count);
            }

            problem = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            Fail($"{options.CertificateAuthorityFile} {Describe(exception)} Put the callers' authorities in PEM there.");
        }
    }

    /// <summary>Whether whoever shows this certificate may call.</summary>
    /// <param name="certificate">The caller's; null: it has shown none.</param>
    /// <param name="sent">What it has sent with it: its intermediates.</param>
    public bool IsAllowed(X509Certificate2? certificate, X509Certificate2Collection? sent)
    {
        if (FindFault(certificate, sent) is not { } fault)
        {
            return true;
        }

        refusals.Add(1, new KeyValuePair<string, object?>("reason", fault));
        if (IsNews(fault))
        {
            logger.CallerRefused(fault, certificate?.Subject ?? "");
        }

        return false;
    }

    private string? FindFault(X509Certificate2? certificate, X509Certificate2Collection? sent)
    {
        if (certificate is null)
        {
            return "missing";
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities ?? []);
        chain.ChainPolicy.ExtraStore.AddRange(sent ?? []);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);
        if (!chain.Build(certificate))
        {
            return Array.TrueForAll(chain.ChainStatus, status => status.Status == X509ChainStatusFlags.NotTimeValid) ? "expired" : "untrusted";
        }

        return options.AllowedNames.Count == 0 || NamesOf(certificate).Any(name => options.AllowedNames.Contains(name)) ? null : "name";
    }

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate)
    {
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == "2.5.4.3" && part.GetSingleElementValue() is { } name)
            {
                yield return name;
            }
        }

        foreach (var name in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames()))
        {
            yield return name;
        }
    }

    private bool IsNews(string fault)
    {
        lock (lastLogged)
        {
            var isNews = !lastLogged.TryGetValue(fault, out var last) || time.GetElapsedTime(last) >= Quiet;
            if (isNews)
            {
                lastLogged[fault] = time.GetTimestamp();
            }

            return isNews;
        }
    }

    private void Fail(string reason)
    {
        if (problem != reason && authorities is not null)
        {
            logger.ClientAuthoritiesUnusable(reason);
        }

        problem = reason;
    }

    private static string Describe(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "does not exist.",
        CryptographicException => "is no PEM.",
        _ => "cannot be read by this process.",
    };
}
