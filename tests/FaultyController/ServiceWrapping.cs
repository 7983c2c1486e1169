using Microsoft.Extensions.DependencyInjection;

namespace FaultyController;

/// <summary>Puts a service of our own around one that is registered.</summary>
internal static class ServiceWrapping
{
    public static void Wrap<T>(this IServiceCollection services, Func<T, T> wrap)
        where T : class
    {
        var inner = services.Last(service => service.ServiceType == typeof(T));
        services.Remove(inner);
        services.AddSingleton(provider => wrap((T)inner.ImplementationFactory!(provider)));
    }
}
