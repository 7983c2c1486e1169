using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>
/// The certificate in files. Files that are bad or half-written change nothing: the last good pair stays. One caller at a time loads.
/// </summary>
internal sealed class CertificateFolder(IOptions<HttpsOptions> options, CertificateSource source, ILogger<CertificateFolder> logger)
{
    private string? goodDigest;
    private string? badDigest;
    private string? lastFault;

    /// <summary>Loads the pair that the process starts with.</summary>
    /// <exception cref="StartUpException">There is no usable pair.</exception>
    public void LoadFirst()
    {
        if (options.Value.CertificateDirectory.Length == 0)
        {
            throw new StartUpException(
                $"Https:CertificateDirectory is not set: name the folder that holds {CertificateFiles.CertificateFile} and {CertificateFiles.KeyFile}, "
                + "or set Https:SelfSigned:Enabled.");
        }

        Reload();
        if (!source.IsLoaded)
        {
            throw new StartUpException($"Https:CertificateDirectory: {source.Problem}");
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
                source.Mend();
                lastFault = null;
            }
            else if (files.Digest != badDigest)
            {
                badDigest = files.Digest;
                TakeOver(CertificatePair.Parse(files.Certificate, files.Key), files.Digest);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            Fail($"{Describe(exception)} Put a certificate and its key in PEM there as tls.crt and tls.key.");
        }
    }

    private void TakeOver(CertificatePair pair, string digest)
    {
        if (source.TakeOver(pair) is { } refusal)
        {
            Fail(refusal);
            return;
        }

        goodDigest = digest;
        badDigest = null;
        lastFault = null;
    }

    private void Fail(string reason)
    {
        source.Fail(reason);
        if (source.IsLoaded && lastFault != reason)
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
