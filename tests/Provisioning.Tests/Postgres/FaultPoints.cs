using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

/// <summary>Calls a test at every effect on a server.</summary>
internal sealed class FaultPoints(Action<string>? reached) : IFaultPoints
{
    public static FaultPoints None { get; } = new(reached: null);

    public void Reach(string effect) => reached?.Invoke(effect);
}
