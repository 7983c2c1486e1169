using Microsoft.Extensions.Logging;

namespace Provisioning.Postgres;

/// <summary>Shares readings of catalogues. At most one is under way for each version of a server, and nobody but who began it waits for it.</summary>
internal sealed class ServerCatalogues(CatalogueReader reader, TimeProvider time, PostgresMetrics metrics, ILogger<ServerCatalogues> logger) : IServerCatalogues
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Shared> readings = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<CatalogueReading> ReadAsync(PostgresServer server, string version, CancellationToken cancellationToken)
    {
        Shared? reading;
        lock (gate)
        {
            ForgetOld();
            if (readings.TryGetValue(version, out reading))
            {
                return reading.Result ?? new CatalogueReading.UnderWay();
            }

            // Its age counts from before the first query.
            reading = new Shared(time.GetTimestamp());
            readings.Add(version, reading);
        }

        CatalogueReading? result = null;
        try
        {
            result = new CatalogueReading.Taken(await reader.ReadAsync(server, cancellationToken));
            metrics.CatalogueRead(succeeded: true);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is: the closer look that follows meets it too, and tells the user.
            logger.CatalogueUnreadable(string.Join(", ", server.Endpoints.Select(endpoint => $"{endpoint.Host}:{endpoint.Port}")), exception);
            metrics.CatalogueRead(succeeded: false);
            result = new CatalogueReading.Failed();
        }
        finally
        {
            lock (gate)
            {
                reading.Result = result;
                if (result is null)
                {
                    // Nobody would ever finish it.
                    readings.Remove(version);
                }
            }
        }

        return result;
    }

    private void ForgetOld()
    {
        foreach (var (version, reading) in readings.Where(one => one.Value.Result is not null && time.GetElapsedTime(one.Value.At) >= IServerCatalogues.MaxAge).ToList())
        {
            readings.Remove(version);
        }
    }

    private sealed class Shared(long at)
    {
        public long At => at;

        /// <summary>Null: under way.</summary>
        public CatalogueReading? Result { get; set; }
    }
}
