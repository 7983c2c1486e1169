using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Webhook.SelfSigned;

/// <summary>Registers the self-signed certificate.</summary>
internal static class SelfSignedServices
{
    /// <summary>Has the TLS listener serve a certificate that this process makes itself. Needs an IKubernetesClient.</summary>
    public static IServiceCollection AddSelfSignedCertificate(this IServiceCollection services)
    {
        services.AddOptions<SelfSignedOptions>().BindConfiguration(SelfSignedOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SelfSignedOptions>, SelfSignedOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<SelfSignedState>();
        services.AddSingleton<CertificateSecret>();
        services.AddSingleton<TrustBundles>();
        services.AddSingleton<CertificateRound>();
        services.AddHostedService<SelfSignedCertificate>();

        // The same tag as the other checks of /readyz: not ready before the API server trusts what is served.
        services.AddHealthChecks().AddCheck<SelfSignedState>("self-signed", tags: ["ready"]);
        return services;
    }
}
