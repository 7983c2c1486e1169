using System.Runtime.InteropServices;
using ControlPlane;

var commandLine = CommandLine.Parse(args, out var message);
if (commandLine is null)
{
    await Console.Error.WriteLineAsync($"ControlPlane: {message}\n\n{CommandLine.Usage}");
    return 2;
}

using var stopping = new CancellationTokenSource();
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
try
{
    var options = new ControlPlaneOptions { Directory = commandLine.Directory, Port = commandLine.Port };
    await using var controlPlane = await ControlPlanes.StartAsync(options, stopping.Token);
    foreach (var (name, groups) in commandLine.Users)
    {
        await controlPlane.CreateUserAsync(name, groups, stopping.Token);
    }

    foreach (var path in commandLine.CustomResourceDefinitions)
    {
        await controlPlane.InstallCustomResourceDefinitionsAsync(path, stopping.Token);
    }

    if (commandLine is { Webhooks: { } webhooks, WebhookUrl: { } url, WebhookAuthority: { } authority })
    {
        await controlPlane.InstallWebhooksAsync(
            await File.ReadAllTextAsync(webhooks, stopping.Token), url, await File.ReadAllTextAsync(authority, stopping.Token), stopping.Token);
    }

    Console.WriteLine($"ready: {controlPlane.AdminKubeconfigPath}");
    await Task.Delay(Timeout.Infinite, stopping.Token);
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    // Asked to stop: everything is cleaned up by now.
}

return 0;

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.Cancel();
}
