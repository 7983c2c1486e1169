namespace Provisioning.Kubernetes;

/// <summary>A resource as the API's paths name it, with the kind that its objects carry.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">API version, such as <c>v1beta1</c>.</param>
/// <param name="Plural">The path segment, such as <c>datasources</c>.</param>
/// <param name="Kind">The kind of one object, such as <c>DataSource</c>.</param>
public sealed record ResourceType(string Group, string Version, string Plural, string Kind)
{
    /// <summary>The value of <c>apiVersion</c>: <c>group/version</c>, or only the version in the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}
