using System.Text;
using Webhook.Offline;

namespace Webhook.Tests.Offline;

/// <summary>Runs commands in this process, and keeps their files in a folder of their own.</summary>
internal sealed class CommandLine : IDisposable
{
    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("webhook-offline-");

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public static async Task<(int ExitCode, string Out, string Error)> RunAsync(string[] args, string input = "")
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(input));
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var exitCode = await OfflineCommands.RunAsync(args, new Streams(stream, output, error));
        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Checks a text as standard input.</summary>
    public static async Task<(int ExitCode, string Out)> CheckAsync(string input, params string[] options)
    {
        var (exitCode, output, _) = await RunAsync(["check", "-f", "-", .. options], input);
        return (exitCode, output);
    }

    public void Dispose() => Folder.Delete(recursive: true);
}
