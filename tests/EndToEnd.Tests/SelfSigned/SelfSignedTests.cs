using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.SelfSigned;

/// <summary>A cluster without cert-manager: the webhook as processes that make their own certificate.</summary>
public sealed class SelfSignedTests
{
    private const string Refusal = "spec.endpoints[0]: Invalid value: \"10.0.0.1:99999\": port must be between 1 and 65535";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_API_server_trusts_the_webhook_that_has_the_rights_of_the_manifests()
    {
        await using var cluster = await SelfSignedCluster.StartAsync(Token);
        var process = cluster.StartProcess();
        await Eventually.TrueAsync(
            async () => await process.AskReadinessAsync(Token) is (false, var answer) && answer.Contains("[-]self-signed failed: The API server refuses", StringComparison.Ordinal),
            Patience,
            () => $"Ready without a webhook configuration:\n{cluster.Log}",
            Token);

        await cluster.InstallWebhooksAsync(await process.AdmissionUrl, Token);
        await process.ReadyAsync(Token);

        await cluster.AnsweredAsync(Token);
        Assert.Contains(Refusal, await cluster.ApplyWrongAsync(), StringComparison.Ordinal);
        Assert.Contains("[+]self-signed ok: The authority is valid until", (await process.AskReadinessAsync(Token)).Answer, StringComparison.Ordinal);
        var metrics = await process.ReadMetricsAsync(Token);
        Assert.Contains("webhook_self_signed_renewals_total{certificate=\"leaf\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("webhook_certificate_authority_expiry_seconds 3", metrics, StringComparison.Ordinal);
        Assert.Equal("kubernetes.io/tls", await cluster.Kubectl.RunAsync($"get secret {SelfSignedCluster.Secret} --namespace k0rdent-datasource --output jsonpath={{.type}}"));
        Assert.DoesNotContain("PRIVATE", cluster.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_processes_that_start_together_share_one_certificate()
    {
        await using var cluster = await SelfSignedCluster.StartAsync(Token);
        WebhookProcess[] processes = [cluster.StartProcess(), cluster.StartProcess(), cluster.StartProcess()];
        await cluster.InstallWebhooksAsync(await processes[0].AdmissionUrl, Token);
        foreach (var process in processes)
        {
            await process.ReadyAsync(Token);
        }

        var bundle = Assert.Single((await cluster.BundlesAsync()).Distinct());
        var served = await Task.WhenAll(processes.Select(process => SelfSignedCluster.ServedAsync(process, bundle, Token)));
        Assert.Single(served.Distinct());
        Assert.Single(cluster.Log.Split('\n'), line => line.Contains("IssueLeaf", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_call_fails_while_certificates_and_authorities_are_renewed()
    {
        await using var cluster = await SelfSignedCluster.StartAsync(Token);
        var process = cluster.StartProcess(
            ("CertificateLifetime", "00:00:10"), ("AuthorityLifetime", "00:00:30"), ("AuthorityOverlap", "00:00:03"));
        await cluster.InstallWebhooksAsync(await process.AdmissionUrl, Token);
        await process.ReadyAsync(Token);
        await cluster.AnsweredAsync(Token);

        // Two authorities one after the other: the second signs what the first one's bundle had announced.
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.Contains(Refusal, await cluster.ApplyWrongAsync(), StringComparison.Ordinal);
                return cluster.Log.Split(nameof(global::Webhook.SelfSigned.RenewalStep.PromoteAuthority)).Length > 2;
            },
            TimeSpan.FromMinutes(3),
            () => $"The authority was not renewed:\n{cluster.Log}",
            Token);
    }

    [Fact]
    public async Task What_somebody_deletes_or_empties_comes_back()
    {
        await using var cluster = await SelfSignedCluster.StartAsync(Token);
        var process = cluster.StartProcess();
        await cluster.InstallWebhooksAsync(await process.AdmissionUrl, Token);
        await process.ReadyAsync(Token);
        await cluster.AnsweredAsync(Token);
        var before = Assert.Single((await cluster.BundlesAsync()).Distinct());

        await cluster.Kubectl.RunAsync($"delete secret {SelfSignedCluster.Secret} --namespace k0rdent-datasource");
        await Eventually.TrueAsync(
            async () => (await cluster.BundlesAsync()).All(bundle => bundle != before && bundle.Contains(before, StringComparison.Ordinal)),
            Patience,
            () => $"There is no new authority beside the old one:\n{cluster.Log}",
            Token);
        Assert.Contains(Refusal, await cluster.ApplyWrongAsync(), StringComparison.Ordinal);

        await cluster.Kubectl.RunAsync(
            "patch validatingwebhookconfiguration k0rdent-datasource --type=json --patch "
            + "[{\"op\":\"remove\",\"path\":\"/webhooks/0/clientConfig/caBundle\"}]");
        await Eventually.TrueAsync(
            async () => (await cluster.BundlesAsync()).All(bundle => bundle.Contains(before, StringComparison.Ordinal)),
            Patience,
            () => $"The bundle was not written again:\n{cluster.Log}",
            Token);
        await cluster.AnsweredAsync(Token);
    }

    [Fact]
    public async Task The_webhook_may_create_no_other_Secret()
    {
        await using var cluster = await SelfSignedCluster.StartAsync(Token);
        // The API server decides this by a policy's expressions, not the webhook.
        Assert.SkipUnless(cluster.ControlPlane.IsReal, "The embedded API server knows no ValidatingAdmissionPolicy; set KUBEBUILDER_ASSETS for the real one.");
        await cluster.Kubectl.RunAsync($"apply -f {Repository.Path("manifests/self-signed/policy.yaml")}");
        var error = "";

        await Eventually.TrueAsync(
            async () =>
            {
                var result = await cluster.Webhook.TryAsync("create secret generic other --namespace k0rdent-datasource --dry-run=server");
                error = result.Error;
                return result.ExitCode != 0;
            },
            Patience,
            () => "The policy has no effect.",
            Token);

        Assert.Contains("the webhook may create only the Secret of its own certificate", error, StringComparison.Ordinal);
        var process = cluster.StartProcess();
        await cluster.InstallWebhooksAsync(await process.AdmissionUrl, Token);
        await process.ReadyAsync(Token);
        await cluster.AnsweredAsync(Token);
    }
}
