using System.CommandLine;
using Microsoft.Extensions.Options;
using Provisioning.Inspection;
using Provisioning.Kubernetes;

namespace Webhook.Plugin;

/// <summary>Runs a command of the plugin with the server's own services, so that credentials and rules mean the same, and says what fails.</summary>
internal static class PluginRun
{
    /// <summary>Runs.</summary>
    /// <param name="parsed">The call.</param>
    /// <param name="options">The options of all commands.</param>
    /// <param name="terminal">Where to write.</param>
    /// <param name="run">The command: services, the namespace that is meant, and the terminal as it was asked for.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        ParseResult parsed, PluginOptions options, Terminal terminal, Func<IServiceProvider, string, Terminal, Task<int>> run, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(options.Settings(parsed)).Build());
        services.AddSingleton(options.Overrides(parsed));
        services.AddInspection();
        await using var provider = services.BuildServiceProvider();
        try
        {
            return await run(provider, options.Namespace(parsed, provider.GetRequiredService<DefaultNamespace>()), options.Apply(parsed, terminal));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return PluginCommand.Interrupted;
        }
        catch (KubernetesApiException exception)
        {
            await terminal.Error.WriteLineAsync(exception.Message);
            return exception.StatusCode is System.Net.HttpStatusCode.Unauthorized ? PluginCommand.Misused : PluginCommand.Failed;
        }
        catch (Exception exception) when (exception is KubernetesConfigurationException or OptionsValidationException or HttpRequestException or IOException)
        {
            await terminal.Error.WriteLineAsync(exception.Message);
            return PluginCommand.Misused;
        }
    }
}
