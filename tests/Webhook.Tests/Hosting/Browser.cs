using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Webhook.Tests.Hosting;

/// <summary>
/// One page in a headless Chromium of Debian's, driven over the DevTools protocol. Every name is this machine: nothing can be reached
/// elsewhere, but what the page asks for is seen.
/// </summary>
internal sealed partial class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo profile = Directory.CreateTempSubdirectory("chromium-");
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode?>> calls = new();
    private readonly ConcurrentQueue<string> requests = new();
    private readonly ConcurrentQueue<string> errors = new();
    private readonly ConcurrentQueue<string> said = new();
    private readonly TaskCompletionSource<Uri> debugger = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClientWebSocket socket = new();
    private readonly Process process;
    private Task reading = Task.CompletedTask;
    private int lastCall;

    private Browser(string program)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[]
        {
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-dev-shm-usage", $"--user-data-dir={profile.FullName}", "--remote-debugging-port=0", "--host-resolver-rules=MAP * 127.0.0.1",
            "about:blank",
        })
        {
            start.ArgumentList.Add(argument);
        }

        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The URLs that the page has asked for so far, without data URLs.</summary>
    public IReadOnlyCollection<string> Requests => [.. requests.Where(url => !url.StartsWith("data:", StringComparison.Ordinal))];

    /// <summary>What the page's console has as errors, and exceptions that nobody caught.</summary>
    public IReadOnlyCollection<string> Errors => errors;

    /// <summary>Where Chromium is; null when it is not installed.</summary>
    public static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists);

    /// <summary>Starts it with an empty page.</summary>
    public static async Task<Browser> StartAsync(string program, CancellationToken cancellationToken)
    {
        var browser = new Browser(program);
        try
        {
            await browser.ConnectAsync(cancellationToken);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Goes to a page; returns before it is loaded.</summary>
    public Task GoToAsync(Uri url) => CallAsync("Page.navigate", new JsonObject { ["url"] = url.ToString() });

    /// <summary>The value of a JavaScript expression.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var result = await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return result!["exceptionDetails"] is { } thrown ? throw new InvalidOperationException(thrown.ToJsonString()) : result["result"]!["value"];
    }

    /// <summary>Waits until a JavaScript expression is true.</summary>
    public async Task UntilAsync(string expression, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while ((await EvaluateAsync(expression))?.GetValueKind() != JsonValueKind.True)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                var page = await EvaluateAsync("document.documentElement.outerHTML.slice(0, 2000)");
                throw new TimeoutException($"Never true: {expression}\n{string.Join('\n', Requests)}\n{string.Join('\n', Errors)}\n{page}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        await reading;
        _ = debugger.Task.Exception;
        socket.Dispose();
        await DeleteProfileAsync();
    }

    // Chromium's helpers end a moment after it, and may still write.
    private async Task DeleteProfileAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (profile.Exists)
        {
            try
            {
                profile.Delete(recursive: true);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }

            profile.Refresh();
        }
    }

    private void Hear(string? line)
    {
        said.Enqueue(line ?? "(end)");
        if (line is null)
        {
            debugger.TrySetException(new InvalidOperationException($"Chromium ended: {string.Join('\n', said)}"));
        }
        else if (Listening().Match(line) is { Success: true } match)
        {
            debugger.TrySetResult(new Uri(match.Groups["url"].Value));
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        var listening = await debugger.Task.WaitAsync(timeout.Token);
        using var http = new HttpClient();
        var targets = await http.GetFromJsonAsync<JsonArray>(new Uri($"http://127.0.0.1:{listening.Port}/json/list"), timeout.Token);
        var page = targets!.First(target => (string?)target!["type"] == "page")!;
        await socket.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), timeout.Token);
        reading = ReadAsync();
        foreach (var domain in new[] { "Network", "Runtime", "Log", "Page" })
        {
            await CallAsync($"{domain}.enable", []);
        }
    }

    private async Task<JsonNode?> CallAsync(string method, JsonObject parameters)
    {
        var call = Interlocked.Increment(ref lastCall);
        var answer = calls[call] = new TaskCompletionSource<JsonNode?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new JsonObject { ["id"] = call, ["method"] = method, ["params"] = parameters };
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        return await answer.Task.WaitAsync(Patience);
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await ReceiveAsync() is { } message)
            {
                if (message["id"] is { } call && calls.TryRemove((int)call, out var answer))
                {
                    answer.TrySetResult(message["error"] is { } error ? throw new InvalidOperationException(error.ToJsonString()) : message["result"]);
                }
                else
                {
                    Note((string?)message["method"], message["params"]);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or InvalidOperationException)
        {
            foreach (var answer in calls.Values)
            {
                answer.TrySetException(exception);
            }
        }
    }

    private void Note(string? method, JsonNode? parameters)
    {
        switch (method)
        {
            case "Network.requestWillBeSent":
                requests.Enqueue((string)parameters!["request"]!["url"]!);
                break;
            case "Runtime.exceptionThrown":
            case "Runtime.consoleAPICalled" when (string?)parameters!["type"] is "error" or "assert":
            case "Log.entryAdded" when (string?)parameters!["entry"]!["level"] == "error":
                errors.Enqueue(parameters!.ToJsonString());
                break;
            default:
                break;
        }
    }

    private async Task<JsonNode?> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            message.Write(buffer, 0, received.Count);
            if (received.EndOfMessage)
            {
                return JsonNode.Parse(message.ToArray());
            }
        }
    }

    [GeneratedRegex("^DevTools listening on (?<url>ws://.+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();
}
