using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Webhook.Authorization;

/// <summary>Registers authorization.</summary>
internal static class AuthorizationServices
{
    /// <summary>Adds <see cref="SecretAuthorizer"/> and <see cref="ProcessIdentity"/>; both need an IKubernetesClient.</summary>
    public static IServiceCollection AddSecretAuthorization(this IServiceCollection services)
    {
        services.AddOptions<SecretAuthorizationOptions>().BindConfiguration(SecretAuthorizationOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SecretAuthorizationOptions>, Validator>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<AuthorizationMetrics>();
        services.TryAddSingleton<SecretAuthorizer>();
        services.TryAddSingleton<ProcessIdentity>();
        return services;
    }

    // The binder refuses unknown names by itself, but takes any number for an enumeration.
    private sealed class Validator : IValidateOptions<SecretAuthorizationOptions>
    {
        public ValidateOptionsResult Validate(string? name, SecretAuthorizationOptions options) =>
            Enum.IsDefined(options.SecretAccess)
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"{SecretAuthorizationOptions.SectionName}:{nameof(options.SecretAccess)} must be Enforce, Warn or Off");
    }
}
