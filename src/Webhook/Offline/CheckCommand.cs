using System.CommandLine;
using Microsoft.Extensions.Options;
using Provisioning.Resources;

namespace Webhook.Offline;

/// <summary><c>Webhook check</c>.</summary>
internal static class CheckCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Streams streams)
    {
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "A file, a folder (all *.yaml, *.yml and *.json below it) or - for standard input. May be given several times.",
            HelpName = "path",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<ReportFormat>("--output", "-o") { Description = "How the findings are printed. Default: text." };
        output.AcceptOnlyFromAmong("text", "json", "sarif");
        var defaultNamespace = new Option<string>("--namespace", "-n")
        {
            Description = "The namespace of objects that name none.",
            HelpName = "name",
            DefaultValueFactory = _ => "default",
        };
        var policy = new PolicyOptions();
        var command = new Command("check", "Check DataSources, ClusterDataSources and ClusterDeployments in manifests, without a cluster, with the webhook's rules.")
        {
            files, output, defaultNamespace,
        };
        policy.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(files), parsed.GetValue(output), parsed.GetRequiredValue(defaultNamespace), policy.Read(parsed), streams, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string[] paths, ReportFormat format, string defaultNamespace, IReadOnlyDictionary<string, string?> settings, Streams streams, CancellationToken cancellationToken)
    {
        ResourceRules rules;
        try
        {
            rules = CreateRules(settings);
        }
        catch (OptionsValidationException exception)
        {
            await streams.Error.WriteLineAsync(exception.Message);
            return OfflineCommands.Misused;
        }

        var (files, isComplete) = await OfflineCommands.LoadAsync(paths, streams, cancellationToken);
        var result = new ManifestCheck(rules, defaultNamespace).Check(files);
        await streams.Out.WriteAsync(CheckReport.Write(result, format));
        await streams.Error.WriteLineAsync(CheckReport.Summarise(result));
        return !isComplete ? OfflineCommands.Misused : result.HasViolations ? OfflineCommands.Violated : OfflineCommands.Clean;
    }

    // The registration of the server, so that a setting means the same and is checked the same.
    private static ResourceRules CreateRules(IReadOnlyDictionary<string, string?> settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddResourceRules();
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<ResourceRules>();
    }
}
