using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>An object appeared, changed or vanished, as the informer saw it.</summary>
/// <param name="Key">The object's key.</param>
/// <param name="Old">What was known before; null when nothing was.</param>
/// <param name="New">What is known now; null when the object is gone.</param>
public readonly record struct ResourceChange<T>(NamespacedName Key, T? Old, T? New)
    where T : class, IResource;
