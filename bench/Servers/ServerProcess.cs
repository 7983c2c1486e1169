using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Bench.Servers;

/// <summary>A server under measurement, in a process of its own; disposing ends it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RestTimeout = TimeSpan.FromMinutes(1);
    private static readonly double TicksPerSecond = 100;

    private readonly Process process;
    private readonly Task output;

    private ServerProcess(Process process, string logFile)
    {
        this.process = process;
        output = DrainAsync(process, logFile);
    }

    /// <summary>From the start of the process to the first success of its readiness URL.</summary>
    public TimeSpan StartedWithin { get; private set; }

    /// <summary>The processor time that it has used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            // proc(5), stat: fields 14 and 15, in clock ticks; the second one, the name in parentheses, may hold spaces.
            var stat = File.ReadAllText($"/proc/{process.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromSeconds((long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
        }
    }

    /// <summary>The resident memory in MiB, as the kernel counts it (<c>VmRSS</c>).</summary>
    public double ResidentMebibytes
    {
        get
        {
            var line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }
    }

    /// <summary>Starts <c>dotnet</c> and waits until the URL answers with a success.</summary>
    /// <param name="arguments">The assembly and its arguments.</param>
    /// <param name="environment">Added to the environment.</param>
    /// <param name="readyUrl">Asked every few milliseconds.</param>
    /// <param name="logFile">Takes what the process prints.</param>
    public static async Task<ServerProcess> StartAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, Uri readyUrl, string logFile)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var started = Stopwatch.GetTimestamp();
        var server = new ServerProcess(Process.Start(start)!, logFile);
        try
        {
            using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null } };
            using var client = new HttpClient(handler);
            while (!await AnswersAsync(client, readyUrl))
            {
                if (server.process.HasExited || Stopwatch.GetElapsedTime(started) > StartTimeout)
                {
                    throw new InvalidOperationException($"The server did not start; it printed:\n{await server.EndAsync(logFile)}");
                }

                await Task.Delay(5);
            }

            server.StartedWithin = Stopwatch.GetElapsedTime(started);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the process has done what it had begun by itself, its compiler's work above all: until it uses less than 2 % of a processor for a second.</summary>
    /// <exception cref="InvalidOperationException">It does not rest within a minute.</exception>
    public async Task RestAsync()
    {
        var started = Stopwatch.GetTimestamp();
        TimeSpan before;
        do
        {
            if (Stopwatch.GetElapsedTime(started) > RestTimeout)
            {
                throw new InvalidOperationException("The server goes on working although nobody asks it anything.");
            }

            before = ProcessorTime;
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
        while (ProcessorTime - before > TimeSpan.FromMilliseconds(20));
    }

    /// <summary>A port of the loopback address that nobody listens on now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
        await output;
        process.Dispose();
    }

    private static async Task<bool> AnswersAsync(HttpClient client, Uri url)
    {
        try
        {
            using var response = await client.GetAsync(url);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<string> EndAsync(string logFile)
    {
        process.Kill();
        await output;
        return await File.ReadAllTextAsync(logFile);
    }

    private static async Task DrainAsync(Process process, string logFile)
    {
        await using var log = File.Create(logFile);
        using var one = new SemaphoreSlim(1);
        await Task.WhenAll(CopyAsync(process.StandardOutput.BaseStream), CopyAsync(process.StandardError.BaseStream));

        async Task CopyAsync(Stream from)
        {
            var buffer = new byte[4096];
            int read;
            while ((read = await from.ReadAsync(buffer)) > 0)
            {
                await one.WaitAsync();
                await log.WriteAsync(buffer.AsMemory(0, read));
                await log.FlushAsync();
                one.Release();
            }
        }
    }
}
