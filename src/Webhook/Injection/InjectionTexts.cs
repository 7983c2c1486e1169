using System.Globalization;

namespace Webhook.Injection;

/// <summary>
/// What a person can be told about a HelmRelease; <c>docs/rejections.md</c> explains each under a heading of the same text, and a test keeps
/// the two together. <c>{0}</c> and <c>{1}</c> are filled in.
/// </summary>
internal static class InjectionTexts
{
    internal const string Awaited = "{0}, and without it the control plane would start on an empty etcd; try again";
    internal const string TooManyOwners = "at most {0} ClusterDeployments may own a HelmRelease";
    internal const string NotAnObject = "Invalid value: must be an object";
    internal const string Overrides = "would replace {0}, which k0rdent sets: Flux lets a targetPath win over spec.values";
    internal const string OwnerUnknown = "The Kubernetes API did not say whose HelmRelease this is.";

    /// <summary>Warnings: the request is allowed.</summary>
    internal const string Replaced = "{0} is set by k0rdent: the given one was replaced";
    internal const string SecretReplaced = "{0} is set by k0rdent: the given one, Secret {1}, was replaced";
    internal const string OverridesAlready = "{0} replaces {1}, which k0rdent sets: Flux lets it win";

    /// <summary>Fills in a text of this class.</summary>
    internal static string Fill(string text, params object[] arguments) => string.Format(CultureInfo.InvariantCulture, text, arguments);
}
