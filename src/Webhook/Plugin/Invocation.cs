using System.Text;

namespace Webhook.Plugin;

/// <summary>By which name the process was called: a link to it has another.</summary>
internal static class Invocation
{
    private const string CommandLine = "/proc/self/cmdline";

    /// <summary>The file name of <c>argv[0]</c>, without <c>.exe</c>. .NET itself only tells of the file behind the link.</summary>
    public static string ProgramName
    {
        get
        {
            var name = Path.GetFileName(ReadFirst() ?? Environment.GetCommandLineArgs()[0]);
            return name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
        }
    }

    // Only Linux has it; elsewhere the file is called as it is named.
    private static string? ReadFirst()
    {
        try
        {
            var bytes = File.Exists(CommandLine) ? File.ReadAllBytes(CommandLine) : [];
            return Array.IndexOf(bytes, (byte)0) is > 0 and var end ? Encoding.UTF8.GetString(bytes, 0, end) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
