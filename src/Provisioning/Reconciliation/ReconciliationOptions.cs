using Microsoft.Extensions.Options;

namespace Provisioning.Reconciliation;

/// <summary>How controllers run: configuration section <c>Provisioning</c>.</summary>
public sealed class ReconciliationOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Provisioning";

    /// <summary>
    /// In how many batches the looks of a resync period come: with a period of 10 min those of one second together. With thousands of objects, what a look costs is
    /// mostly that threads wake up for it and wait for more.
    /// </summary>
    internal const int ResyncBatches = 600;

    /// <summary>Whether this process provisions databases. Default: true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How many keys of one controller are reconciled at a time. 1 to 256. Default: 16.</summary>
    public int Workers { get; init; } = 16;

    /// <summary>
    /// How often every object is looked at although nothing changed. The looks are spread over the period. 1 s to 1 day. Default: 10 min.
    /// </summary>
    public TimeSpan ResyncPeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// True (the default): of several processes only the holder of a Lease reconciles. False: this one always does; only for a single
    /// process.
    /// </summary>
    public bool LeaderElection { get; init; } = true;

    /// <summary>The Lease that the processes share. Default: <c>k0rdent-datasource-controller</c>.</summary>
    public string LeaseName { get; init; } = "k0rdent-datasource-controller";

    /// <summary>Where the Lease is. Null or empty (the default): the namespace of the pod or kubeconfig context, else <c>default</c>.</summary>
    public string? LeaseNamespace { get; init; }
}

/// <summary>Checks these keys of the section <c>Provisioning</c> when the process starts; reports all that is wrong.</summary>
internal sealed class ReconciliationOptionsValidator : IValidateOptions<ReconciliationOptions>
{
    public ValidateOptionsResult Validate(string? name, ReconciliationOptions options)
    {
        var failures = new List<string>();
        if (options.Workers is < 1 or > 256)
        {
            failures.Add("Provisioning:Workers must be between 1 and 256.");
        }

        if (options.ResyncPeriod < TimeSpan.FromSeconds(1) || options.ResyncPeriod > TimeSpan.FromDays(1))
        {
            failures.Add("Provisioning:ResyncPeriod must be between 00:00:01 and 1.00:00:00.");
        }

        if (string.IsNullOrWhiteSpace(options.LeaseName))
        {
            failures.Add("Provisioning:LeaseName must be the name of a Lease.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
