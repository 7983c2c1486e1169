using System.Diagnostics;

namespace EndToEnd.Tests.Installed;

/// <summary>
/// A root file system with what the image's base has that a process can miss (libc, the C++ runtime, OpenSSL, zlib) and the published folder
/// in /app: no shell, no .NET, no ICU. Processes run in it as the image's user, and can write nowhere.
/// </summary>
internal sealed class EmptyRoot : IDisposable
{
    private static readonly string[] Libraries =
    [
        "libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1", "libstdc++.so.6", "libssl.so.3", "libcrypto.so.3", "libz.so.1",
    ];

    private static readonly string[] Folders = ["app", "dev", "etc", "lib64", "lib/x86_64-linux-gnu", "proc", "tmp"];
    private static readonly string[] Devices = ["null", "random", "urandom"];
    private static readonly string[] LibraryFolders = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"];

    // Mounts are those of a container: /proc, three devices, and the root read-only. The shell stays, as the first process of its own namespace:
    // when it is killed, all of it ends. (chroot changes the user, which makes the kernel forget whose death it was to follow.)
    private const string Enter = """
        set -e
        root=$1; shift
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        for device in null random urandom; do mount --bind "/dev/$device" "$root/dev/$device"; done
        mount -o remount,ro,bind "$root"
        chroot --userspec=65532:65532 "$root" "$@" &
        wait "$!"
        """;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("empty-root-");

    /// <summary>Where files for the process go, such as its certificate.</summary>
    public string Path => directory.FullName;

    /// <summary>Where the published folder goes.</summary>
    public string Application => System.IO.Path.Combine(Path, "app");

    /// <summary>Why this machine cannot do it; null: it can.</summary>
    public static string? Obstacle =>
        Environment.UserName != "root" ? "changing the root of a process needs root"
        : !OperatingSystem.IsLinux() || System.Runtime.InteropServices.RuntimeInformation.OSArchitecture != System.Runtime.InteropServices.Architecture.X64 ? "the image is for linux-x64"
        : !CanMount() ? "this machine lets nobody mount"
        : null;

    /// <summary>Makes everything but the application.</summary>
    public void Prepare()
    {
        AllowEverybody(Path, (UnixFileMode)0b111_101_101);
        foreach (var folder in Folders)
        {
            Directory.CreateDirectory(System.IO.Path.Combine(Path, folder));
        }

        foreach (var device in Devices)
        {
            File.WriteAllBytes(System.IO.Path.Combine(Path, "dev", device), []);
        }

        File.Copy("/lib64/ld-linux-x86-64.so.2", System.IO.Path.Combine(Path, "lib64/ld-linux-x86-64.so.2"));
        foreach (var library in Libraries)
        {
            var source = LibraryFolders.Select(folder => System.IO.Path.Combine(folder, library)).First(File.Exists);
            File.Copy(source, System.IO.Path.Combine(Path, "lib/x86_64-linux-gnu", library));
        }
    }

    /// <summary>Gives a file of this root the mode that it has in an image.</summary>
    public static void AllowEverybody(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    /// <summary>The command that runs a program of this root.</summary>
    public IReadOnlyList<string> Command(params string[] program) =>
        ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private", "bash", "-c", Enter, "bash", Path, .. program];

    /// <inheritdoc/>
    public void Dispose() => directory.Delete(recursive: true);

    private static bool CanMount()
    {
        using var process = Process.Start(new ProcessStartInfo("unshare", ["--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/tmp"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
