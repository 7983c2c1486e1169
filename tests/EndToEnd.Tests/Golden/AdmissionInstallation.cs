using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Golden;

/// <summary>
/// The webhook alone, as an operator with a strict policy on endpoints runs it, in front of a control plane: nothing provisions, so that each
/// answer depends on what was typed and on nothing else.
/// </summary>
public sealed class AdmissionInstallation : Surroundings, IAsyncLifetime
{
    private readonly Dictionary<string, Kubectl> users = new(StringComparer.Ordinal);
    private WebhookProcess? webhook;

    /// <summary>Everything that the webhook has written so far.</summary>
    internal string Log => webhook!.Log;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await StartControlPlaneAsync(cancellationToken);
        webhook = Start(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Provisioning__Enabled"] = "false",
            ["Endpoints__AllowedHostSuffixes__0"] = "example.com",
            ["Endpoints__AllowedHostSuffixes__1"] = "db",
            ["Endpoints__AllowedHostSuffixes__2"] = "cluster.local",
            ["Endpoints__AllowedNetworks__0"] = "10.0.0.0/8",
        });
        await ServeAsync(webhook, cancellationToken);
    }

    /// <summary>kubectl as somebody: <c>admin</c>, or a user without any right but those that the transcript gives.</summary>
    internal async Task<Kubectl> KubectlAsync(string user)
    {
        if (user == "admin")
        {
            return Kubectl;
        }

        if (!users.TryGetValue(user, out var kubectl))
        {
            users[user] = kubectl = new Kubectl(await ControlPlane.CreateUserAsync(user, [], TestContext.Current.CancellationToken));
        }

        return kubectl;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        foreach (var kubectl in users.Values)
        {
            kubectl.Dispose();
        }

        await base.DisposeAsync();
    }
}
