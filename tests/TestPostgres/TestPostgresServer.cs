using System.Net;
using System.Net.Sockets;

namespace TestPostgres;

/// <summary>
/// A real PostgreSQL server for one test class or collection: its own folder, a free loopback port, TLS only, SCRAM only, random
/// passwords. Durability is off. Disposing it, or the death of the test process, leaves no process and no file.
/// </summary>
public sealed partial class TestPostgresServer : IAsyncDisposable
{
    /// <summary>The address that it listens on.</summary>
    public const string Host = "127.0.0.1";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private readonly ServerUser user = new();
    private readonly ServerFolder folder;
    private readonly PostgresBinaries binaries;
    private readonly TestPostgresOptions options;
    private readonly bool ownsAuthority;
    private ServerProcess? process;

    private TestPostgresServer(TestPostgresOptions options)
    {
        this.options = options;
        binaries = options.Binaries ?? options.Primary?.binaries ?? PostgresBinaries.Newest();
        folder = ServerFolder.Create();
        ownsAuthority = options.CertificateAuthority is null && options.Primary is null;
        CertificateAuthority = options.CertificateAuthority ?? options.Primary?.CertificateAuthority ?? new TestCertificateAuthority();
        Superuser = options.Primary?.Superuser ?? TestRole.WithRandomPassword("postgres");
        Admin = options.Primary?.Admin ?? TestRole.WithRandomPassword("provisioner");
    }

    /// <summary>The port, on every address that it listens on; stays the same over restarts.</summary>
    public int Port { get; private set; }

    /// <summary>The major version.</summary>
    public int Major => binaries.Major;

    /// <summary>A superuser.</summary>
    public TestRole Superuser { get; }

    /// <summary>No superuser: <c>LOGIN CREATEDB CREATEROLE</c>, as the administrator of a managed service.</summary>
    public TestRole Admin { get; }

    /// <summary>Who signed the server's certificate.</summary>
    public TestCertificateAuthority CertificateAuthority { get; }

    /// <summary>The authority's certificate as a file, for programs such as psql.</summary>
    public string CertificateAuthorityFile => folder.Authority;

    /// <summary>A folder in which the server's user may write; goes with the server.</summary>
    public string ExchangeFolder => folder.Path;

    internal string DataFolder => folder.Data;

    /// <summary>Starts a server and waits until it takes connections.</summary>
    public static Task<TestPostgresServer> StartAsync(CancellationToken cancellationToken) => StartAsync(new TestPostgresOptions(), cancellationToken);

    /// <summary>Starts a server and waits until it takes connections.</summary>
    /// <exception cref="InvalidOperationException">It did not start; the message holds its log.</exception>
    public static async Task<TestPostgresServer> StartAsync(TestPostgresOptions options, CancellationToken cancellationToken)
    {
        var server = new TestPostgresServer(options);
        try
        {
            await server.PrepareAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>All that the server has logged.</summary>
    public async Task<string> ReadLogAsync(CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(folder.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    /// <summary>Starts a stopped server, on the same port with the same data.</summary>
    public async Task StartAgainAsync()
    {
        process = ServerProcess.Start(folder.Path, user.Command([binaries.Program("postgres"), "-D", folder.Data]));
        using var deadline = new CancellationTokenSource(StartDeadline);
        while (!folder.SaysReady())
        {
            if (process.HasEnded || deadline.IsCancellationRequested)
            {
                throw new InvalidOperationException($"PostgreSQL {Major} did not start:\n{await ReadLogAsync(CancellationToken.None)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }
    }

    /// <summary>Fast shutdown: sessions are ended, data is written.</summary>
    public Task StopAsync() => EndAsync("INT");

    /// <summary>Immediate shutdown, as a crash: nothing is written, the next start recovers.</summary>
    public Task KillAsync() => EndAsync("QUIT");

    /// <summary>Stops and starts.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    /// <summary>Freezes the postmaster: the port still accepts TCP, and nobody answers.</summary>
    public Task FreezeAsync() => process?.SignalAsync("STOP") ?? Task.CompletedTask;

    /// <summary>Ends <see cref="FreezeAsync"/>.</summary>
    public Task ThawAsync() => process?.SignalAsync("CONT") ?? Task.CompletedTask;

    /// <summary>Makes a standby the primary.</summary>
    public async Task PromoteAsync(CancellationToken cancellationToken) =>
        await QueryAsync<bool>("SELECT pg_promote(true, 30)", cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync("QUIT");
        folder.Remove();
        if (ownsAuthority)
        {
            CertificateAuthority.Dispose();
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await folder.WriteCertificatesAsync(CertificateAuthority, options.CertificateNames, cancellationToken);
        if (options.Primary is { } primary)
        {
            await folder.CopyAsync(binaries, user, primary, cancellationToken);
        }
        else
        {
            await folder.InitializeAsync(binaries, user, Superuser, cancellationToken);
        }

        for (var attempt = 1; ; attempt++)
        {
            Port = FreePort();
            await folder.ConfigureAsync(options, Port, user, cancellationToken);
            try
            {
                await StartAgainAsync();
                break;
            }
            catch (InvalidOperationException exception) when (attempt < 5 && exception.Message.Contains("could not bind", StringComparison.Ordinal))
            {
                // Somebody took the port between FreePort and the start.
                await EndAsync("QUIT");
            }
        }

        if (options.Primary is null)
        {
            await ExecuteAsync($"CREATE ROLE {Admin.Name} LOGIN CREATEDB CREATEROLE PASSWORD '{Admin.Password}'", cancellationToken);
        }
    }

    private async Task EndAsync(string signal)
    {
        if (process is null)
        {
            return;
        }

        // A frozen server would not see the signal.
        await process.SignalAsync("CONT");
        await process.SignalAsync(signal);
        await process.WaitAsync();
        process.Dispose();
        process = null;
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
