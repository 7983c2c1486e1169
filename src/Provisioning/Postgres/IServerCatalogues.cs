namespace Provisioning.Postgres;

/// <summary>
/// Readings of whole servers' catalogues: with a handful of queries in the maintenance database, what can be seen from outside of all databases
/// of a server at once. Each is shared by everybody who asks within <see cref="MaxAge"/>. It can only ever save work: what it shows as wanted needs no closer
/// look now, and everything else is looked at, and decided, by <see cref="IDatabaseProvisioner"/>. Safe for concurrent use.
/// </summary>
public interface IServerCatalogues
{
    /// <summary>How old a reading may be, counted from before its first query. 30 s.</summary>
    static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    /// <summary>A reading that is young enough. Only whoever asks first waits for it; the others are told that it is on its way.</summary>
    /// <param name="server">The server.</param>
    /// <param name="version">Another one whenever anything in <paramref name="server"/> is; holds no credential.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<CatalogueReading> ReadAsync(PostgresServer server, string version, CancellationToken cancellationToken);
}

/// <summary>What came of asking for a catalogue.</summary>
public abstract record CatalogueReading
{
    private CatalogueReading()
    {
    }

    /// <summary>Here it is.</summary>
    public sealed record Taken(IServerCatalogue Catalogue) : CatalogueReading;

    /// <summary>Somebody else reads it now: ask again soon.</summary>
    public sealed record UnderWay : CatalogueReading;

    /// <summary>The server did not answer, or not as it should; not asked again before <see cref="IServerCatalogues.MaxAge"/> is over. A closer look says why.</summary>
    public sealed record Failed : CatalogueReading;
}

/// <summary>A server's roles and databases at one moment, seen from outside.</summary>
public interface IServerCatalogue
{
    /// <summary>
    /// Whether nothing differs from what is wanted, as far as it can be seen from outside: marks, owner, attributes, memberships, privileges on the database,
    /// and no other role that may still log in. Not seen: the password, and what is inside the database. In doubt it is not so.
    /// </summary>
    bool IsAsWanted(KineDatabase wanted);
}
