namespace ControlPlane;

/// <summary>A right that somebody asked for.</summary>
/// <param name="User">The username.</param>
/// <param name="Verb">The verb of RBAC, such as <c>list</c>.</param>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Resource">The plural, with <c>/subresource</c> where there is one.</param>
/// <param name="Namespace">Empty for cluster-scoped resources and requests over all namespaces.</param>
/// <param name="Name">The object's name; empty for lists and creates.</param>
/// <param name="IsAllowed">Whether the roles gave it.</param>
public sealed record AccessRecord(string User, string Verb, string Group, string Resource, string Namespace, string Name, bool IsAllowed);
