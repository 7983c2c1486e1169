namespace Provisioning.Postgres;

/// <summary>
/// Tells a connection pooler from a server. A pooler makes up the process id that its clients get at the start (BackendKeyData, in "Message
/// Formats" of PostgreSQL's documentation), since they have no server process of their own; TCP proxies such as HAProxy hand the server's own on.
/// </summary>
internal static class PoolerCheck
{
    /// <summary>A pooler may give two sessions different processes by chance, once.</summary>
    private const int Rounds = 3;

    private const string Query = "SELECT pg_catalog.pg_backend_pid()";

    /// <summary>
    /// Whether a pooler that gives each session a process of its own (session mode) stands before the server. Comes before any other statement:
    /// what a session sets or locks would stay behind in a process that others get.
    /// </summary>
    /// <param name="session">A session that was just opened.</param>
    /// <param name="openAnother">Opens another one to the same place.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TransactionPoolingException">Sessions share processes (transaction or statement mode).</exception>
    public static async Task<bool> IsPooledAsync(
        AdminSession session, Func<Task<AdminSession>> openAnother, CancellationToken cancellationToken)
    {
        var own = await BackendAsync(session, cancellationToken);
        if (own == session.ProcessId)
        {
            return false;
        }

        // Both are open all the time: in session mode neither ever gets the other's process. Twice, because two processes given in turn
        // would each time meet the same session.
        await using var other = await openAnother();
        for (var round = 0; round < Rounds; round++)
        {
            if (await BackendAsync(session, cancellationToken) != own
                || await BackendAsync(session, cancellationToken) != own
                || await BackendAsync(other, cancellationToken) == own)
            {
                throw new TransactionPoolingException();
            }
        }

        return true;
    }

    private static async Task<int> BackendAsync(AdminSession session, CancellationToken cancellationToken) =>
        (await session.QueryAsync(Query, reader => reader.GetInt32(0), cancellationToken)).Single();
}

/// <summary>A pooler gives the statements of one session to several processes of the server: no lock and no setting of it holds.</summary>
internal sealed class TransactionPoolingException() : Exception("A connection pooler in transaction or statement mode answers.");
