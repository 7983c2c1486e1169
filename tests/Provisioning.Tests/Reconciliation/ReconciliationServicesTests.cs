using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Tests.Kubernetes;

namespace Provisioning.Tests.Reconciliation;

public sealed class ReconciliationServicesTests
{
    [Fact]
    public async Task Bad_settings_end_the_start_all_at_once()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Provisioning:Workers"] = "0",
            ["Provisioning:ResyncPeriod"] = "0",
            ["Provisioning:LeaseName"] = " ",
        });
        builder.Services.AddSingleton<IKubernetesClient>(new FakeApi());
        builder.Services.AddController<ScriptedReconciler>(controller => controller.For<Widget>());
        using var host = builder.Build();

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal(3, exception.Failures.Count());
        Assert.All(exception.Failures, failure => Assert.StartsWith("Provisioning:", failure, StringComparison.Ordinal));
    }

    [Fact]
    public void A_controller_without_a_kind_of_its_own_is_refused()
    {
        var services = new ServiceCollection();

        Assert.Throws<InvalidOperationException>(() => services.AddController<ScriptedReconciler>(_ => { }));
        Assert.Throws<InvalidOperationException>(() => services.AddController<ScriptedReconciler>(controller => controller.For<Widget>().For<Gadget>()));
    }

    [Fact]
    public void Adding_an_informer_twice_changes_nothing()
    {
        var services = new ServiceCollection();

        var once = services.AddInformer<Widget>().Count;

        Assert.Equal(once, services.AddInformer<Widget>().Count);
    }
}
