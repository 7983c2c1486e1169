using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>
/// The certificate that is served now. Files that are bad or half-written change nothing: the last good pair stays. One caller at a
/// time loads; reading <see cref="Current"/> is safe at any time.
/// </summary>
internal sealed class CertificateSource(IOptions<HttpsOptions> options, TimeProvider time, ILogger<CertificateSource> logger)
{
    private volatile CertificatePair? current;
    private volatile string? problem;
    private string? goodDigest;
    private string? badDigest;
    private string? lastFault;

    /// <summary>What to serve.</summary>
    /// <exception cref="InvalidOperationException"><see cref="LoadFirst"/> has not been called.</exception>
    public CertificatePair Current => current ?? throw new InvalidOperationException("No certificate has been loaded.");

    /// <summary>True once there is one.</summary>
    public bool IsLoaded => current is not null;

    /// <summary>Why the files as they are now cannot be served; null when they are.</summary>
    public string? Problem => problem;

    /// <summary>Loads the pair that the process starts with.</summary>
    /// <exception cref="StartUpException">There is no usable pair.</exception>
    public void LoadFirst()
    {
        if (options.Value.CertificateDirectory.Length == 0)
        {
            throw new StartUpException(
                $"Https:CertificateDirectory is not set: name the folder that holds {CertificateFiles.CertificateFile} and {CertificateFiles.KeyFile}.");
        }

        Reload();
        if (current is null)
        {
            throw new StartUpException($"Https:CertificateDirectory: {problem}");
        }
    }

    /// <summary>Takes the files' content over if it has changed and is usable.</summary>
    public void Reload()
    {
        try
        {
            var files = CertificateFiles.Read(options.Value.CertificateDirectory);
            if (files.Digest == goodDigest)
            {
                // Also after a moment in which they were missing or bad. What was bad then is news when it comes back.
                badDigest = null;
                problem = null;
                lastFault = null;
            }
            else if (files.Digest != badDigest)
            {
                badDigest = files.Digest;
                TakeOver(CertificatePair.Parse(files), files.Digest);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            Fail($"{Describe(exception)} Put a certificate and its key in PEM there as tls.crt and tls.key.");
        }
    }

    private void TakeOver(CertificatePair pair, string digest)
    {
        var now = time.GetUtcNow();
        if (pair.NotAfter <= now && current is { } good && good.NotAfter > pair.NotAfter)
        {
            Fail($"The new certificate expired on {pair.NotAfter:u}. Renew it.");
            return;
        }

        current = pair;
        goodDigest = digest;
        badDigest = null;
        problem = null;
        lastFault = null;
        logger.CertificateLoaded(pair.Thumbprint, pair.NotAfter);
    }

    private void Fail(string reason)
    {
        problem = reason;
        if (current is not null && lastFault != reason)
        {
            lastFault = reason;
            logger.CertificateUnusable(options.Value.CertificateDirectory, reason);
        }
    }

    private string Describe(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => $"{options.Value.CertificateDirectory} does not hold both files.",
        UnauthorizedAccessException => $"The files in {options.Value.CertificateDirectory} may not be read by this process.",
        IOException => $"The files in {options.Value.CertificateDirectory} cannot be read.",
        _ => $"The files in {options.Value.CertificateDirectory} are no matching certificate and key.",
    };
}
