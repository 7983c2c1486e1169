namespace ControlPlane;

/// <summary>How a control plane is started.</summary>
public sealed class ControlPlaneOptions
{
    /// <summary>Where kubeconfigs are written. Null: a temporary folder that is deleted with the control plane.</summary>
    public string? Directory { get; init; }

    /// <summary>The port of the API server on 127.0.0.1. Default: 0, a free one.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The folder with <c>kube-apiserver</c> and <c>etcd</c>; null takes the embedded form.
    /// Default: environment variable <c>KUBEBUILDER_ASSETS</c>, where both files exist.
    /// </summary>
    public string? BinariesDirectory { get; init; } = FindBinaries();

    /// <summary>
    /// Where the real form keeps its state instead of an etcd of its own, such as <c>unix:///run/kine.sock</c>: an etcd or a kine that runs already and
    /// outlives it. Null: an etcd that goes with the control plane.
    /// </summary>
    public string? StorageUrl { get; init; }

    /// <summary>How long a start or a restart of the real form may take. Default: 120 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>The clock of the embedded form and of all waiting. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    private static string? FindBinaries()
    {
        var folder = Environment.GetEnvironmentVariable("KUBEBUILDER_ASSETS");
        return !string.IsNullOrEmpty(folder) && File.Exists(Path.Combine(folder, "kube-apiserver")) && File.Exists(Path.Combine(folder, "etcd"))
            ? folder
            : null;
    }
}
