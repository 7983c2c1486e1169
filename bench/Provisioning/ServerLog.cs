using System.Text.RegularExpressions;
using TestPostgres;

namespace Bench.Provisioning;

/// <summary>What a server's log says of the controller from a moment on.</summary>
internal sealed partial class ServerLog(TestPostgresServer server, int start)
{
    /// <summary>What a server needs for it.</summary>
    public static IReadOnlyList<string> Configuration { get; } =
        ["log_connections = on", "log_statement = 'all'", "log_line_prefix = '%q(%d by %a) '"];

    /// <summary>From now on.</summary>
    public static async Task<ServerLog> OpenAsync(TestPostgresServer server) => new(server, (await server.ReadLogAsync(CancellationToken.None)).Length);

    /// <summary>The databases that the controller connected to, once for each session, and how many statements it ran.</summary>
    public async Task<(IReadOnlyList<string> Sessions, int Statements)> ReadAsync()
    {
        var log = (await server.ReadLogAsync(CancellationToken.None))[start..];
        return ([.. Authorized().Matches(log).Select(match => match.Groups["database"].Value)], Executed().Count(log));
    }

    [GeneratedRegex(@"connection authorized: user=\S+ database=(?<database>\S+) application_name=clusterdatasource-controller", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Authorized();

    [GeneratedRegex(@"by clusterdatasource-controller\) LOG:  (statement|execute)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Executed();
}
