namespace Provisioning.Reconciliation;

/// <summary>
/// Waits that double with every failure up to a cap, each drawn from the upper half of its step so that many who failed together do not come
/// back together.
/// </summary>
/// <param name="first">The longest first wait.</param>
/// <param name="maximum">The cap.</param>
internal sealed class ExponentialBackoff(TimeSpan first, TimeSpan maximum)
{
    /// <summary>The wait after this failure.</summary>
    /// <param name="attempt">How often it has failed in a row; 1 is the first time.</param>
    public TimeSpan After(int attempt)
    {
        // 2^40 times any sensible first wait is beyond any sensible cap; more would overflow.
        var doublings = Math.Clamp(attempt - 1, 0, 40);
        var step = Math.Min(first.TotalSeconds * Math.Pow(2, doublings), maximum.TotalSeconds);
        return TimeSpan.FromSeconds(step * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
