using Provisioning.ClusterDataSources;
using Provisioning.Consumers;
using Provisioning.Kubernetes;
using Provisioning.Reconciliation;
using Provisioning.Resources;
using Webhook.Admission;
using Webhook.Authorization;
using Webhook.Hosting;
using Webhook.Injection;
using Webhook.Offline;
using Webhook.Plugin;
using Webhook.SelfSigned;
using Webhook.Validation;

namespace Webhook;

/// <summary>The process: what it is made of, in the order in which it matters.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => PluginCommand.IsCalled(Invocation.ProgramName) ? OfflineCommands.RunAsync([PluginCommand.Name, .. args])
        : OfflineCommands.AreMeant(args) ? OfflineCommands.RunAsync(args)
        : ServeAsync(args);

    private static Task<int> ServeAsync(string[] args) =>
        StartUp.RunAsync(
            () => Build(args, _ => { }),
            services => services.GetRequiredService<IKubernetesClient>(),
            exception => exception is KubernetesConfigurationException);

    /// <summary>Builds the whole application; tests change services in <paramref name="configure"/>, after everything is registered.</summary>
    internal static WebApplication Build(string[] args, Action<WebApplicationBuilder> configure)
    {
        // appsettings.json lies beside the executable, wherever that is called from.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.AddConsole(console => console.FormatterName = builder.Configuration["Logging:Console:FormatterName"] ?? "json");
        var servesAdmission = builder.Configuration.GetValue("Admission:Enabled", true);

        builder.Services.AddHosting(servesAdmission);
        builder.Services.AddKubernetesClient();
        if (servesAdmission)
        {
            _ = builder.Configuration.GetValue("Https:SelfSigned:Enabled", false)
                ? builder.Services.AddSelfSignedCertificate()
                : builder.Services.AddCertificateFiles();
            builder.Services.AddAdmission();
            builder.Services.AddSecretAuthorization();
            builder.Services.AddValidation();

            // Names that are taken are looked up in memory: ten thousand ClusterDataSources are too many to list for each new one.
            builder.Services.AddInformer<DataSource>();
            builder.Services.AddInformer<ClusterDataSource>();
            builder.Services.AddInjection();
        }

        if (builder.Configuration.GetValue("Provisioning:Enabled", true))
        {
            builder.Services.AddClusterDataSources(builder.Configuration);
            builder.Services.AddConsumers(builder.Configuration);
        }

        configure(builder);
        var app = builder.Build();

        app.UseListeners();
        app.MapManagement();
        if (servesAdmission)
        {
            app.MapAdmission();
        }

        return app;
    }
}
