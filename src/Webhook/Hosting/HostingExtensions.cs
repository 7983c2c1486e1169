using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>Registration of listeners, health, metrics and shutdown.</summary>
internal static class HostingExtensions
{
    /// <summary>Registers the management listener and, with admission, the TLS listener.</summary>
    /// <param name="services">The services.</param>
    /// <param name="servesAdmission">Whether this process listens for the API server's calls.</param>
    public static IServiceCollection AddHosting(this IServiceCollection services, bool servesAdmission)
    {
        services.AddOptions<HttpsOptions>().BindConfiguration(HttpsOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<HttpsOptions>, HttpsOptionsValidator>();
        services.AddOptions<ManagementOptions>().BindConfiguration(ManagementOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ManagementOptions>, ManagementOptionsValidator>();
        services.AddOptions<ShutdownOptions>().BindConfiguration(ShutdownOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ShutdownOptions>, ShutdownOptionsValidator>();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, KestrelSetup>();
        services.AddSingleton(new Drain { HasCallers = servesAdmission });
        services.AddSingleton<DrainingLifetime>();
        services.Replace(ServiceDescriptor.Singleton<IHostLifetime>(provider => provider.GetRequiredService<DrainingLifetime>()));
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<MetricsExporter>();
        services.AddHostedService<OtlpExport>();
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(swagger => swagger.DocumentFilter<ApiDescription>());
        var checks = services.AddHealthChecks().AddCheck<DrainHealthCheck>("shutdown", tags: [HealthEndpoints.ReadyTag]);
        if (servesAdmission)
        {
            services.AddOptions<ClientCertificateOptions>().BindConfiguration(ClientCertificateOptions.SectionName).ValidateOnStart();
            services.AddSingleton<IValidateOptions<ClientCertificateOptions>, ClientCertificateOptionsValidator>();
            services.AddSingleton<ClientCertificateCheck>();
            services.AddHostedService<ClientCertificateReloader>();
            services.AddSingleton<CertificateSource>();
            services.AddSingleton<CertificateHealthCheck>();
            checks.AddCheck<CertificateHealthCheck>("certificate", tags: [HealthEndpoints.ReadyTag]);
        }

        return services;
    }

    /// <summary>Has the TLS listener serve the certificate of <c>Https:CertificateDirectory</c>.</summary>
    public static IServiceCollection AddCertificateFiles(this IServiceCollection services)
    {
        services.AddSingleton<CertificateFolder>();
        return services.AddHostedService<CertificateReloader>();
    }

    /// <summary>First in the pipeline: keeps the two listeners apart, and closes connections while draining.</summary>
    public static IApplicationBuilder UseListeners(this WebApplication app)
    {
        var drain = app.Services.GetRequiredService<Drain>();
        return app.Use((context, next) =>
        {
            if (drain.HasBegun)
            {
                // HTTP/2: Kestrel sends GOAWAY instead.
                context.Response.Headers.Connection = "close";
            }

            var endpoint = context.GetEndpoint();
            var isForManagement = endpoint is null || endpoint.Metadata.GetMetadata<ManagementEndpoint>() is not null;
            if (isForManagement == context.Request.IsHttps)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            return next(context);
        });
    }

    /// <summary>Maps what people and machines that run this process ask for; only the management listener answers.</summary>
    public static void MapManagement(this WebApplication app)
    {
        var management = app.MapGroup("").WithMetadata(new ManagementEndpoint());
        var health = app.Services.GetRequiredService<HealthEndpoints>();
        management.MapGet("/livez", context => health.AnswerAsync(context, "livez", HealthEndpoints.LiveTag));
        management.MapGet("/readyz", context => health.AnswerAsync(context, "readyz", HealthEndpoints.ReadyTag));
        var metrics = app.Services.GetRequiredService<MetricsExporter>();
        management.MapGet("/metrics", metrics.AnswerAsync);

        // The page and its scripts come out of the assembly: it works without the Internet.
        management.MapSwagger();
        app.UseSwaggerUI(page => page.SwaggerEndpoint("v1/swagger.json", "v1"));
    }

    /// <summary>Marks an endpoint that only the management listener answers.</summary>
    private sealed record ManagementEndpoint;
}
