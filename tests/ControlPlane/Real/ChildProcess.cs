using System.Diagnostics;

namespace ControlPlane.Real;

/// <summary>
/// A process that never outlives this one: the kernel kills it when its parent dies (<c>setpriv --pdeathsig</c>, where it is installed), the
/// process-exit hook does where it is not, and <see cref="DisposeAsync"/> in the ordinary case.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const string Setpriv = "/usr/bin/setpriv";
    private readonly string _logPath;
    private readonly TaskCompletionSource<Process> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EventHandler _kill;
    private Process? _process;

    private ChildProcess(string logPath)
    {
        _logPath = logPath;
        _kill = (_, _) => Kill();
    }

    /// <summary>True once the process has ended.</summary>
    public bool HasExited => _exited.Task.IsCompleted;

    /// <summary>Starts a program whose output goes to a file.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">What everybody on the machine may read.</param>
    /// <param name="logPath">The file.</param>
    /// <param name="environment">Further variables, for what is not for everybody. Null: none.</param>
    public static async Task<ChildProcess> StartAsync(
        string program, IEnumerable<string> arguments, string logPath, IReadOnlyDictionary<string, string>? environment = null)
    {
        var child = new ChildProcess(logPath);
        // The death signal is bound to the thread that forked, not to the process: a pool thread would take the child with it when it retires.
        var thread = new Thread(() => child.Run(program, arguments, environment ?? new Dictionary<string, string>(StringComparer.Ordinal))) { IsBackground = true, Name = Path.GetFileName(program) };
        thread.Start();
        child._process = await child._started.Task;
        AppDomain.CurrentDomain.ProcessExit += child._kill;
        return child;
    }

    /// <summary>The end of what the process wrote, for messages.</summary>
    public string LogTail() => File.Exists(_logPath) ? string.Join('\n', File.ReadLines(_logPath).TakeLast(20)) : "";

    /// <summary>Kills the process and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= _kill;
        Kill();
        await _exited.Task;
        _process?.Dispose();
    }

    private void Run(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo { UseShellExecute = false };
        string[] shell = ["/bin/sh", "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", _logPath, program];
        var command = File.Exists(Setpriv) ? [Setpriv, "--pdeathsig", "KILL", "--", .. shell, .. arguments] : (string[])[.. shell, .. arguments];
        start.FileName = command[0];
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
            _started.SetResult(process);
            process.WaitForExit();
        }
        catch (Exception e) when (!_started.Task.IsCompleted)
        {
            _started.SetException(e);
        }
        finally
        {
            _exited.SetResult();
        }
    }

    private void Kill()
    {
        if (_process is { } process && !_exited.Task.IsCompleted)
        {
            process.Kill();
        }
    }
}
