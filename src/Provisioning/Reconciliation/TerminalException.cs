namespace Provisioning.Reconciliation;

/// <summary>Retrying is pointless until the spec or something it refers to changes. The message is for the operator.</summary>
public sealed class TerminalException(string message) : Exception(message);
