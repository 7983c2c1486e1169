using ControlPlane.Certificates;

namespace ControlPlane;

/// <summary>The authority, the folder and the kubeconfigs of one control plane.</summary>
internal sealed class ClusterFiles : IDisposable
{
    private readonly string? _callersDirectory;
    private readonly Lock _lock = new();
    private readonly List<string> _written = [];

    /// <summary>Makes a temporary folder for what only the control plane needs.</summary>
    public ClusterFiles(ControlPlaneOptions options)
    {
        _callersDirectory = options.Directory;
        Authority = new CertificateAuthority("kubernetes", options.TimeProvider);
        Temporary = Directory.CreateTempSubdirectory("control-plane-").FullName;
        if (_callersDirectory is not null)
        {
            Directory.CreateDirectory(_callersDirectory);
        }

        Admin = Authority.IssueClient("admin", ["system:masters"]);
        AppDomain.CurrentDomain.ProcessExit += DeleteTemporary;
    }

    /// <summary>Signs the server's and every client's certificate.</summary>
    public CertificateAuthority Authority { get; }

    /// <summary>Deleted when this object is disposed.</summary>
    public string Temporary { get; }

    /// <summary>The administrator's certificate.</summary>
    public IssuedCertificate Admin { get; }

    /// <summary>Where the administrator's kubeconfig is.</summary>
    public string AdminKubeconfigPath => Path.Combine(_callersDirectory ?? Temporary, "kubeconfig");

    /// <summary>Writes the administrator's kubeconfig.</summary>
    public Task WriteAdminKubeconfigAsync(Uri server, CancellationToken cancellationToken)
        => WriteAsync(AdminKubeconfigPath, server, "admin", Admin, cancellationToken);

    /// <summary>Makes a user's certificate and writes its kubeconfig.</summary>
    public async Task<string> CreateUserAsync(Uri server, string username, IReadOnlyList<string> groups, CancellationToken cancellationToken)
    {
        // Users have names such as system:serviceaccount:ns:name, which no path should hold.
        var file = string.Concat(username.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '_'));
        var path = Path.Combine(_callersDirectory ?? Temporary, file + ".kubeconfig");
        await WriteAsync(path, server, username, Authority.IssueClient(username, groups), cancellationToken);
        return path;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _written.ForEach(File.Delete);
        }

        AppDomain.CurrentDomain.ProcessExit -= DeleteTemporary;
        Directory.Delete(Temporary, recursive: true);
        Authority.Dispose();
    }

    /// <summary>For a process that ends without disposing, such as a test run that is interrupted.</summary>
    private void DeleteTemporary(object? sender, EventArgs e)
    {
        try
        {
            Directory.Delete(Temporary, recursive: true);
        }
        catch (IOException)
        {
            // etcd may still be writing: it is being killed at the same moment, and nobody is left to tell.
        }
    }

    private async Task WriteAsync(string path, Uri server, string username, IssuedCertificate client, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _written.Add(path);
        }

        await Kubeconfig.WriteAsync(path, server, Authority.CertificatePem, username, client, cancellationToken);
    }
}
