using Microsoft.Extensions.DependencyInjection;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Tests.Validation;

/// <summary>What informers cannot know yet: another object that was let pass a moment ago.</summary>
public sealed class PassedSchemasTests : IDisposable
{
    private readonly ElapsedTime clock = new();
    private readonly ValidationHost host;

    public PassedSchemasTests() => host = new ValidationHost(
        new InMemoryCluster()
            .Add(Server("example-postgresql", "172.19.115.87:5432"))
            .Add(Server("proxy", "proxy.example.com:6432", "172.19.115.87:5432"))
            .Add(Server("elsewhere", "172.19.115.88:5432")),
        services => services
            .AddSingleton<TimeProvider>(clock)
            .AddSingleton<IResourceCache<ClusterDataSource>>(new EmptyCache<ClusterDataSource>())
            .AddSingleton<IResourceCache<DataSource>>(new EmptyCache<DataSource>()));

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task Of_creates_at_the_same_moment_one_passes_and_its_name_is_free_again_when_it_was_not_stored()
    {
        var decisions = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(index => Task.Run(() => DecideAsync(Name(index)).AsTask())));

        Assert.Single(decisions, decision => decision is AdmissionDecision.Allowed);
        Assert.All(decisions.Where(decision => decision is not AdmissionDecision.Allowed), decision => Assert.Equal(
            ["spec.schema: Duplicate value: \"kcm_system_a_b_c_d_e_f_9fvwr\": another ClusterDataSource of the same server has a database of this name"],
            decision.Causes()));

        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Name(31)));
    }

    [Fact]
    public async Task Counts_servers_by_their_endpoints()
    {
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Name(1)));

        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Name(2), server: "elsewhere"));
        Assert.IsType<AdmissionDecision.Denied>(await DecideAsync(Name(3), server: "proxy"));
    }

    [Fact]
    public async Task What_passed_may_come_again_and_a_dry_run_takes_no_name()
    {
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Name(1), isDryRun: true));
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Name(2)));
        Assert.IsType<AdmissionDecision.Allowed>(await DecideAsync(Name(2)));
        Assert.IsType<AdmissionDecision.Denied>(await DecideAsync(Name(1)));
    }

    // Dots and dashes are one in a schema: these clusters may all have the same.
    private static string Name(int index) => string.Concat(
        "abcdef".Select((letter, place) => place == 0 ? $"{letter}" : $"{((index >> (place - 1)) % 2 == 0 ? '-' : '.')}{letter}"));

    private ValueTask<AdmissionDecision> DecideAsync(string name, string server = "example-postgresql", bool isDryRun = false) => host.DecideAsync(
        "clusterdatasource-create",
        request =>
        {
            request["name"] = name;
            request["object"]!["metadata"]!["name"] = name;
            request["object"]!["spec"]!["schema"] = "kcm_system_a_b_c_d_e_f_9fvwr";
            request["object"]!["spec"]!["dataSource"] = server;
            request["dryRun"] = isDryRun;
        });

    private static DataSource Server(string name, params string[] endpoints) => new()
    {
        Metadata = new ObjectMeta { Namespace = "kcm-system", Name = name },
        Spec = new DataSourceSpec { Type = "postgresql", Endpoints = endpoints },
    };

    private sealed class EmptyCache<T> : IResourceCache<T>
        where T : Resource, IResource
    {
        public bool HasSynced => true;

        public T? Get(NamespacedName key) => null;

        public IReadOnlyList<T> List(string? inNamespace) => [];
    }
}
