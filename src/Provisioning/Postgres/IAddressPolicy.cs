using System.Net;

namespace Provisioning.Postgres;

/// <summary>
/// Decides about each address just before a connection is made to it. A name that was harmless when somebody looked at it may lead to
/// another address by now, so what counts is where the credentials would go. Safe for concurrent use.
/// </summary>
public interface IAddressPolicy
{
    /// <summary>What forbids the address, as the end of a sentence (<c>may not be ...</c>); null when it may be connected to.</summary>
    string? FindProblem(IPAddress address);
}
