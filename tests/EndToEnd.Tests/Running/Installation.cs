using TestPostgres;

namespace EndToEnd.Tests.Running;

/// <summary>
/// Everything that the main job needs, running: a control plane with the CRDs and webhook configurations of <c>manifests/</c>, the product as a
/// process, a PostgreSQL with an admin that is no superuser, and kubectl. Each test class uses namespaces of its own.
/// </summary>
public class Installation : Surroundings, IAsyncLifetime
{
    internal WebhookProcess Webhook { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var starting = TestPostgresServer.StartAsync(cancellationToken);
        await StartControlPlaneAsync(cancellationToken);
        Postgres = await starting;
        Webhook = Start(new Dictionary<string, string>(StringComparer.Ordinal) { ["Endpoints__AllowLoopback"] = "true" });
        await ServeAsync(Webhook, cancellationToken);
    }

    /// <summary>A namespace with the seed's Secrets: <c>auth-secret</c> and <c>db-ca-secret</c>.</summary>
    internal async Task<Tenant> CreateTenantAsync(string name)
    {
        await Kubectl.RunAsync($"create namespace {name}");
        var tenant = new Tenant(Kubectl, Postgres, () => Webhook.Log, name);
        await tenant.CreateSecretsAsync();
        return tenant;
    }
}
