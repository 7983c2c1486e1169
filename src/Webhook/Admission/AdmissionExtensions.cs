using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Webhook.Admission;

/// <summary>Registration of the admission protocol.</summary>
internal static class AdmissionExtensions
{
    /// <summary>Where validating webhooks call.</summary>
    public const string ValidatePath = "/validate";

    /// <summary>Where mutating webhooks call.</summary>
    public const string MutatePath = "/mutate";

    /// <summary>Registers what serves reviews; handlers are registered by their own features.</summary>
    public static IServiceCollection AddAdmission(this IServiceCollection services)
    {
        services.AddOptions<AdmissionOptions>().BindConfiguration(AdmissionOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AdmissionOptions>, AdmissionOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<AdmissionMetrics>();
        services.AddSingleton<BodyReader>();
        services.AddSingleton<ReviewGate>();
        services.AddSingleton<ReviewIntake>();
        services.AddSingleton<Reviewer>();
        services.AddSingleton<AdmissionEndpoint>();
        return services;
    }

    /// <summary>
    /// Maps <c>/validate</c> and <c>/mutate</c>, for all methods: a wrong one gets our answer. The builder's conventions apply to both.
    /// </summary>
    public static IEndpointConventionBuilder MapAdmission(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("");
        Map<IValidatingHandler>(group, ValidatePath);
        Map<IMutatingHandler>(group, MutatePath);
        return group;
    }

    private static void Map<THandler>(RouteGroupBuilder group, string path)
        where THandler : IAdmissionHandler
    {
        var services = ((IEndpointRouteBuilder)group).ServiceProvider;
        var endpoint = services.GetRequiredService<AdmissionEndpoint>();
        var handlers = new HandlerTable(services.GetServices<THandler>().Cast<IAdmissionHandler>());
        group.Map(path, context => endpoint.HandleAsync(context, handlers));
    }
}
