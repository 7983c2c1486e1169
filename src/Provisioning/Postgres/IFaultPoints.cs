namespace Provisioning.Postgres;

/// <summary>
/// Is told of every effect on a server right before it happens: where tests kill the process, or the server. In production nobody listens, and no
/// setting changes that; only who composes a process can register another one. Called concurrently.
/// </summary>
public interface IFaultPoints
{
    /// <summary>The effect is about to happen. What is thrown here ends the work as a failure of the statement would.</summary>
    /// <param name="effect">The statement's text, <c>COMMIT</c> for the end of a transaction; holds no credential.</param>
    void Reach(string effect);
}

/// <summary>Production's: nothing happens.</summary>
internal sealed class NoFaultPoints : IFaultPoints
{
    /// <inheritdoc/>
    public void Reach(string effect)
    {
    }
}
