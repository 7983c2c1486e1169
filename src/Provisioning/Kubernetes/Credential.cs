namespace Provisioning.Kubernetes;

/// <summary>What we show the API server at one time. Prints <c>***</c>.</summary>
/// <param name="Token">The bearer token; null: none is sent.</param>
/// <param name="Certificate">The client certificate; null: that of the connection, if it has one.</param>
internal readonly record struct Credential(string? Token, ClientCertificate? Certificate)
{
    public override string ToString() => "***";
}
