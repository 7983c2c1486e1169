namespace Bench.Admission;

/// <summary>The arguments of <c>bench/admission.sh</c>.</summary>
internal sealed class AdmissionSettings
{
    /// <summary>The folder with the published webhook.</summary>
    public required string Webhook { get; init; }

    /// <summary>The folder with the recorded reviews.</summary>
    public required string Fixtures { get; init; }

    /// <summary>A folder for certificates and logs, with <c>ca.crt</c>, <c>tls.crt</c> and <c>tls.key</c>.</summary>
    public required string Work { get; init; }

    /// <summary>Where the results go for machines. Empty (the default): nowhere.</summary>
    public string Output { get; init; } = "";

    /// <summary>Rounds of each comparison, one run of each side per round. Default: 30.</summary>
    public int Rounds { get; init; } = 30;

    /// <summary>
    /// Seconds of one run of one side. Default: 0.5. Many short runs and few long ones take the same time, but what else goes on in a machine changes from
    /// second to second: of two equal servers the median was 0.88 with 4 rounds of 1.5 s, and 0.98 to 0.99 with 40 rounds of 0.5 s.
    /// </summary>
    public double Seconds { get; init; } = 0.5;

    /// <summary>Reviews sent before the memory is read for the last time. Default: 300,000.</summary>
    public int Reviews { get; init; } = 300_000;

    /// <summary>Connections at a time. Default: 50.</summary>
    public int Connections { get; init; } = 50;

    /// <summary>
    /// Parts to run, separated by commas: <c>load</c> or one of its parts <c>datasource</c>, <c>helmrelease</c>, <c>access-reviews</c>;
    /// <c>start</c>, <c>memory</c>. Empty (the default): all.
    /// </summary>
    public string Only { get; init; } = "";
}
