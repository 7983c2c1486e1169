using Microsoft.Extensions.Options;

namespace Provisioning.Postgres;

/// <summary>How the controller talks to PostgreSQL servers.</summary>
public sealed class PostgresOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string SectionName = "Postgres";

    /// <summary>How long one endpoint may take to accept a connection, TLS and login included, and before that the lookup of its name.
    /// A name's addresses share the time, but each has at least a second. 1 s to 1 min. Default: 5 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one statement may run. 1 s to 10 min. Default: 30 s.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many databases of one server are worked on at the same time, each over up to three connections. What comes beyond
    /// is answered <see cref="ProvisioningOutcome.Busy"/>, so that one slow server does not hold all workers. 1 to 100. Default: 2.</summary>
    public int MaxConcurrencyPerServer { get; set; } = 2;

    /// <summary>How many databases are worked on at the same time on all servers together that gave no answer when they were asked last: however
    /// many such servers there are, the other workers are for the rest. Each server is asked once before it counts. 1 to 100. Default: 4.</summary>
    public int MaxConcurrencyOfSilentServers { get; set; } = 4;
}

/// <summary>Checks <see cref="PostgresOptions"/> at start; says every mistake by its key.</summary>
internal sealed class PostgresOptionsValidator : IValidateOptions<PostgresOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgresOptions options)
    {
        var failures = new List<string>();
        Check(nameof(options.ConnectTimeout), options.ConnectTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Check(nameof(options.CommandTimeout), options.CommandTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Check(nameof(options.MaxConcurrencyPerServer), options.MaxConcurrencyPerServer, 1, 100);
        Check(nameof(options.MaxConcurrencyOfSilentServers), options.MaxConcurrencyOfSilentServers, 1, 100);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Check<T>(string key, T value, T least, T most)
            where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            {
                failures.Add($"{PostgresOptions.SectionName}:{key} is {value}; set it to {least} or more and {most} or less.");
            }
        }
    }
}
