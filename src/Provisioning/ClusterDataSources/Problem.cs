using Provisioning.Postgres;

namespace Provisioning.ClusterDataSources;

/// <summary>Why a ClusterDataSource is not as it should be, in the form that <c>status.error</c> and Events show: never a credential.</summary>
/// <param name="Reason">One of the documented reasons (<see cref="Reasons"/>, or those of <see cref="PostgresFailure"/>).</param>
/// <param name="Message">One sentence that says what to do.</param>
internal sealed record Problem(string Reason, string Message)
{
    /// <summary>True when it may pass without anybody acting: what was ready stays ready. Default: false.</summary>
    public bool IsTransient { get; init; }

    /// <summary>True when the server gave no answer, or none in time. Default: false.</summary>
    public bool IsSilence { get; init; }

    /// <summary>The longest wait before the next look; null: that of <see cref="RetryDelays"/>.</summary>
    public TimeSpan? LooksAgainWithin { get; init; }

    /// <summary>What was thrown, for the log; null when nothing was.</summary>
    public Exception? Cause { get; init; }

    /// <summary><c>Reason: one sentence</c>, on one line.</summary>
    public override string ToString() => $"{Reason}: {Message.ReplaceLineEndings(" ")}";
}
