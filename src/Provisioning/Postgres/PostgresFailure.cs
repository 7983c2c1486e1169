namespace Provisioning.Postgres;

/// <summary>A failure of a server in an operator's words: <c>Reason: one sentence</c>, never a credential.</summary>
/// <param name="Reason">One of the documented reasons, such as <c>AuthenticationFailed</c> or <c>ServerUnreachable</c>.</param>
/// <param name="Message">One sentence with the SQLSTATE's meaning.</param>
/// <param name="SqlState">The SQLSTATE; null when the server did not answer.</param>
/// <param name="IsTransient">True when the same attempt may succeed later without anybody acting.</param>
public sealed partial record PostgresFailure(string Reason, string Message, string? SqlState, bool IsTransient);
