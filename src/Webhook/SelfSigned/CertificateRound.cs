using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Hosting;

namespace Webhook.SelfSigned;

/// <summary>
/// One look at everything: the Secret is made, renewed or mended, the <c>caBundle</c>s are written, the leaf is served. Replicas need no
/// leader: every write is conditional, and who was slower takes what the other has made. One round at a time.
/// </summary>
internal sealed class CertificateRound(
    CertificateSecret secret, TrustBundles bundles, CertificateSource source, SelfSignedState state, ILogger<CertificateRound> logger)
{
    private const string InjectorAnnotation = "cert-manager.io/inject-";
    private StoredCertificates? known;
    private KeyPair? served;

    /// <summary>Looks once. Null: somebody else was writing, look again; else what is stored.</summary>
    /// <exception cref="KubernetesApiException">The API server refuses. What could be done all the same is done.</exception>
    public async Task<StoredCertificates?> RunAsync(RenewalPolicy policy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The configurations first: whoever reads them before the Secret cannot write an older Secret's bundle over a newer one's.
        var configurations = await bundles.ReadAsync(cancellationToken);
        var trusted = TrustBundles.Texts(configurations).Select(text => CertificateTrust.Parse(text, now)).ToList();
        Secret? found;
        try
        {
            found = await secret.FindAsync(cancellationToken);
            var stored = StoredCertificates.Read(found, now);
            var steps = RenewalPlan.Decide(stored, trusted, policy, now);
            var wanted = RenewalPlan.Apply(stored, trusted, steps, policy, now);
            if (steps.Count > 0 && !await StoreAsync(found, wanted, steps, cancellationToken))
            {
                return null;
            }

            known = wanted;
        }
        catch (Exception) when (known is not null)
        {
            // Whatever is the matter with the Secret, the API server shall go on trusting what is served.
            await bundles.EnsureAsync(configurations, CertificateTrust.ToPem(known.Trusted), cancellationToken);
            throw;
        }

        if (!await bundles.EnsureAsync(configurations, CertificateTrust.ToPem(known.Trusted), cancellationToken))
        {
            return null;
        }

        Serve(known, policy, now);
        state.Settle(known, Warning(configurations));
        return known;
    }

    private async Task<bool> StoreAsync(
        Secret? found, StoredCertificates wanted, IReadOnlyList<RenewalStep> steps, CancellationToken cancellationToken)
    {
        if (!await secret.TryStoreAsync(found, wanted, cancellationToken))
        {
            return false;
        }

        foreach (var step in steps)
        {
            state.Count(step);
        }

        logger.CertificatesStored(secret.Name, string.Join(", ", steps.Select(step => step.GetType().Name)));
        return true;
    }

    /// <summary>
    /// A leaf of the authority that is trusted anyway is served at once. One of an authority that was just made waits until every API
    /// server has heard of it, as long as what is served now is good.
    /// </summary>
    private void Serve(StoredCertificates certificates, RenewalPolicy policy, DateTimeOffset now)
    {
        var leaf = certificates.Leaf!;
        var isNew = now < certificates.Authority!.MadeAt + policy.Overlap;
        if (served?.CertificatePem == leaf.CertificatePem
            || (isNew && served is { } old && now < old.NotAfter && IsTrusted(old, certificates) && !IsSignedBy(old, certificates.Authority)))
        {
            return;
        }

        source.TakeOver(CertificatePair.Parse(leaf.CertificatePem, leaf.KeyPem));
        served = leaf;
    }

    private static bool IsTrusted(KeyPair leaf, StoredCertificates certificates) =>
        CertificateTrust.IsSignedByOneOf(leaf.Certificate, certificates.Trusted);

    private static bool IsSignedBy(KeyPair leaf, KeyPair authority) => CertificateTrust.IsSignedByOneOf(leaf.Certificate, [authority.Certificate]);

    private static string? Warning(IEnumerable<WebhookConfiguration> configurations)
    {
        var injected = configurations.FirstOrDefault(configuration =>
            configuration.Metadata.Annotations?.Keys.Any(key => key.StartsWith(InjectorAnnotation, StringComparison.Ordinal)) == true);
        return injected is null
            ? null
            : $"{injected.GetType().Name} {injected.Key} has an annotation {InjectorAnnotation}*: cert-manager writes its caBundle too. Remove the annotation.";
    }
}
