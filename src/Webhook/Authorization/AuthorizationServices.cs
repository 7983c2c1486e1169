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
        services.TryAddSingleton<AllowedAnswers>();
        services.TryAddSingleton<SecretAuthorizer>();
        services.TryAddSingleton<ProcessIdentity>();
        return services;
    }

    // The binder refuses unknown names by itself, but takes any number for an enumeration and any time.
    private sealed class Validator : IValidateOptions<SecretAuthorizationOptions>
    {
        public ValidateOptionsResult Validate(string? name, SecretAuthorizationOptions options) =>
            !Enum.IsDefined(options.SecretAccess) ? Fail(nameof(options.SecretAccess), "must be Enforce, Warn or Off")
            : options.AllowedFor < TimeSpan.Zero || options.AllowedFor > TimeSpan.FromMinutes(1) ? Fail(nameof(options.AllowedFor), "must be between 00:00:00 and 00:01:00")
            : ValidateOptionsResult.Success;

        private static ValidateOptionsResult Fail(string name, string problem) =>
            ValidateOptionsResult.Fail($"{SecretAuthorizationOptions.SectionName}:{name} {problem}");
    }
}
