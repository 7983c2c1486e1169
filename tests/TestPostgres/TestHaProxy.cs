using System.Net.Sockets;
using System.Text;

namespace TestPostgres;

/// <summary>A real HAProxy in front of a primary and its standby, set up exactly as the documentation tells operators to.</summary>
public sealed class TestHaProxy : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ProxyProcess process = new();

    private TestHaProxy(int port) => Port = port;

    /// <summary>The port that clients connect to, on <see cref="TestPostgresServer.Host"/>.</summary>
    public int Port { get; }

    /// <summary>Starts one and waits until it knows which server is the primary.</summary>
    /// <param name="page">The text of docs/proxies.md, with the configuration and the check; only names, addresses and folders are replaced.</param>
    /// <param name="primary">The server <c>db-1</c>.</param>
    /// <param name="standby">The server <c>db-2</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<TestHaProxy> StartAsync(
        string page, TestPostgresServer primary, TestPostgresServer standby, CancellationToken cancellationToken)
    {
        var program = InstalledProgram.Require("haproxy");
        var checker = TestRole.WithRandomPassword("haproxy");
        await primary.ExecuteAsync($"CREATE ROLE {checker.Name} LOGIN CONNECTION LIMIT 10 PASSWORD '{checker.Password}'", cancellationToken);
        var proxy = new TestHaProxy(TestPostgresServer.FreePort());
        try
        {
            await proxy.WriteConfigurationAsync(page, primary, standby, cancellationToken);
            await proxy.process.WriteAsync("pgpass", $"*:*:postgres:{checker.Name}:{checker.Password}\n", cancellationToken);
            await proxy.process.WriteAsync("ca.crt", primary.CertificateAuthority.CertificatePem, cancellationToken);
            await proxy.process.StartAsync([program, "-db", "-f", proxy.process.PathOf("haproxy.cfg")], proxy.Port, cancellationToken);
            await proxy.WaitUntilOnlyAsync("db-1", cancellationToken);
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it takes this server, <c>db-1</c> or <c>db-2</c>, and no other for the primary.</summary>
    public async Task WaitUntilOnlyAsync(string name, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        while (await UpAsync(deadline.Token) is not [var only] || only != name)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => process.DisposeAsync();

    private async Task WriteConfigurationAsync(string page, TestPostgresServer primary, TestPostgresServer standby, CancellationToken cancellationToken)
    {
        var configuration = Replace(
            Block(page, "haproxy"),
            ("global\n", $"global\n    stats socket {process.PathOf("stats")} mode 600\n"),
            ("bind 0.0.0.0:5432", $"bind {TestPostgresServer.Host}:{Port}"),
            ("10.0.0.11:5432", $"{TestPostgresServer.Host}:{primary.Port}"),
            ("10.0.0.12:5432", $"{TestPostgresServer.Host}:{standby.Port}"),
            ("/etc/haproxy", process.Folder));
        await process.WriteAsync("haproxy.cfg", configuration, cancellationToken);
        await process.WriteAsync("check-primary", Replace(Block(page, "sh"), ("/etc/haproxy", process.Folder)), cancellationToken);
        File.SetUnixFileMode(process.PathOf("check-primary"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <summary>The servers that its checks found to be the primary, by "show stat" of its management socket.</summary>
    private async Task<List<string>> UpAsync(CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(process.PathOf("stats")), cancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes("show stat\n"), cancellationToken);
        using var reader = new StreamReader(new NetworkStream(socket));
        var lines = (await reader.ReadToEndAsync(cancellationToken)).Split('\n').Select(line => line.Split(',')).Where(fields => fields.Length > 20).ToList();
        var (name, status, check) = (Array.IndexOf(lines[0], "svname"), Array.IndexOf(lines[0], "status"), Array.IndexOf(lines[0], "check_status"));

        // Before the first check everything is UP.
        return [.. lines.Where(fields => fields[name].StartsWith("db-", StringComparison.Ordinal) && fields[status] != "DOWN")
            .Select(fields => fields[check].Length > 0 ? fields[name] : "not checked")];
    }

    private static string Block(string page, string language)
    {
        var start = page.IndexOf($"```{language}\n", StringComparison.Ordinal);
        return start >= 0
            ? page[(start + language.Length + 4)..page.IndexOf("```\n", start + 4, StringComparison.Ordinal)]
            : throw new InvalidOperationException($"The page has no block of {language}.");
    }

    private static string Replace(string text, params (string Old, string New)[] replacements) => replacements.Aggregate(
        text,
        (current, replacement) => current.Contains(replacement.Old, StringComparison.Ordinal)
            ? current.Replace(replacement.Old, replacement.New, StringComparison.Ordinal)
            : throw new InvalidOperationException($"The page does not have '{replacement.Old}' any more."));
}
