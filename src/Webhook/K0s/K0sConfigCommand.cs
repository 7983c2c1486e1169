using System.CommandLine;
using System.Text.RegularExpressions;
using Provisioning.Kubernetes;

namespace Webhook.K0s;

/// <summary><c>Webhook k0s-config</c>.</summary>
internal static partial class K0sConfigCommand
{
    /// <summary>The files were written or printed.</summary>
    public const int Done = 0;

    /// <summary>The ClusterDataSource has no database to write a configuration for, or nobody may read it.</summary>
    public const int NotReady = 1;

    /// <summary>The call is wrong, or the files cannot be written.</summary>
    public const int Misused = 2;

    /// <summary>The command.</summary>
    public static Command Create(TextWriter output, TextWriter error)
    {
        var name = new Argument<string>("cluster") { Description = "The ClusterDataSource." };
        var inNamespace = new Option<string>("--namespace", "-n") { Description = "Its namespace.", HelpName = "name", DefaultValueFactory = _ => "default" };
        var controllers = new Option<string[]>("--controller")
        {
            Description = "A controller, as name=address. Once for each.",
            HelpName = "name=address",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var loadBalancer = new Option<string>("--load-balancer") { Description = "The address of the load balancer.", HelpName = "address", Required = true };
        var statistics = new Option<string>("--statistics")
        {
            Description = "Where HAProxy shows its statistics, to everybody who gets there. *:9000 means on every address.",
            HelpName = "address:port",
            DefaultValueFactory = _ => "127.0.0.1:9000",
        };
        var folder = new Option<string?>("--output-directory", "-o")
        {
            Description = "Write <name>/k0s.yaml for each controller (readable by you alone: the connection string is in it), haproxy.cfg and ca.crt there.",
            HelpName = "path",
        };
        var show = new Option<bool>("--show-connection-string") { Description = "Without --output-directory: print the connection string with its password." };
        var kubeconfig = new Option<string?>("--kubeconfig") { Description = "Default: the file that KUBECONFIG names, else the pod's ServiceAccount.", HelpName = "path" };
        var command = new Command("k0s-config", "Print what k0s controllers behind an HAProxy need to keep their state in the database of a ClusterDataSource.")
        {
            name, inNamespace, controllers, loadBalancer, statistics, folder, show, kubeconfig,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (!K0sTopology.TryParse(parsed.GetRequiredValue(loadBalancer), parsed.GetRequiredValue(controllers), out var topology, out var problem)
                || !Bind().IsMatch(parsed.GetRequiredValue(statistics)))
            {
                await error.WriteLineAsync(problem.Length > 0 ? problem : "--statistics must be address:port, such as 127.0.0.1:9000 or *:9000.");
                return Misused;
            }

            var key = new NamespacedName(parsed.GetRequiredValue(inNamespace), parsed.GetRequiredValue(name));
            var writer = new K0sConfigWriter(topology, parsed.GetRequiredValue(statistics), output, error);
            return await RunAsync(
                parsed.GetValue(kubeconfig),
                async client => await writer.WriteAsync(
                    await K0sDatabase.ReadAsync(client, key, cancellationToken), parsed.GetValue(folder), parsed.GetValue(show), cancellationToken),
                error);
        });
        return command;
    }

    private static async Task<int> RunAsync(string? kubeconfig, Func<IKubernetesClient, Task> run, TextWriter error)
    {
        // The server's own client, so that credentials mean the same.
        var services = new ServiceCollection().AddLogging();
        services.AddSingleton<IConfiguration>(
            new ConfigurationBuilder().AddInMemoryCollection([new("Kubernetes:Kubeconfig", kubeconfig)]).Build());
        services.AddKubernetesClient();
        await using var provider = services.BuildServiceProvider();
        try
        {
            await run(provider.GetRequiredService<IKubernetesClient>());
            return Done;
        }
        catch (Exception exception) when (exception is K0sDatabaseException or KubernetesApiException or HttpRequestException)
        {
            await error.WriteLineAsync(exception.Message);
            return NotReady;
        }
        catch (Exception exception) when (exception is KubernetesConfigurationException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(exception.Message);
            return Misused;
        }
    }

    [GeneratedRegex(@"\A(\*|[0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Bind();
}
