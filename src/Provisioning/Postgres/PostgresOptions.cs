using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Provisioning.Postgres;

/// <summary>How the controller talks to PostgreSQL servers.</summary>
public sealed class PostgresOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string SectionName = "Postgres";

    /// <summary>How long one endpoint may take to accept a connection, TLS and login included. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00", ErrorMessage = "Postgres:ConnectTimeout must be between 00:00:01 and 00:01:00.")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one statement may run. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ErrorMessage = "Postgres:CommandTimeout must be between 00:00:01 and 00:10:00.")]
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many databases of one server are worked on at the same time, each over up to three connections. What comes beyond
    /// is answered <see cref="ProvisioningOutcome.Busy"/>, so that one slow server does not hold all workers. Default: 4.</summary>
    [Range(1, 100, ErrorMessage = "Postgres:MaxConcurrencyPerServer must be between 1 and 100.")]
    public int MaxConcurrencyPerServer { get; set; } = 4;
}

/// <summary>Checks <see cref="PostgresOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class PostgresOptionsValidator : IValidateOptions<PostgresOptions>;
