using Provisioning.Kubernetes;

namespace Webhook.SelfSigned;

/// <summary>What the two kinds of <c>admissionregistration.k8s.io/v1</c> have in common.</summary>
internal abstract record WebhookConfiguration : Resource
{
    /// <summary>Null means none.</summary>
    public IReadOnlyList<WebhookEntry>? Webhooks { get; init; }
}

/// <summary>Who checks.</summary>
internal sealed record ValidatingWebhookConfiguration : WebhookConfiguration, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } =
        new("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration");
}

/// <summary>Who changes.</summary>
internal sealed record MutatingWebhookConfiguration : WebhookConfiguration, IResource
{
    /// <inheritdoc/>
    public static ResourceType ResourceType { get; } =
        new("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration");
}

/// <summary>One webhook.</summary>
internal sealed record WebhookEntry
{
    /// <summary>Unique in its configuration.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where it is.</summary>
    public WebhookClientConfig? ClientConfig { get; init; }
}

/// <summary>Where a webhook is.</summary>
internal sealed record WebhookClientConfig
{
    /// <summary>Whom the API server trusts, in PEM; null or empty: the roots of its own machine.</summary>
    public byte[]? CaBundle { get; init; }
}
