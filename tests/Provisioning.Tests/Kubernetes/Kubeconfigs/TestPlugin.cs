using Provisioning.Kubernetes;

namespace Provisioning.Tests.Kubernetes.Kubeconfigs;

/// <summary>A kubeconfig with a credential plugin that is a shell script.</summary>
internal sealed class TestPlugin(TemporaryFolder folder, Uri server)
{
    /// <summary>Further fields of the cluster's entry, in flow style.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>Further fields of <c>exec</c>, in flow style.</summary>
    public string Exec { get; init; } = "interactiveMode: Never";

    /// <summary>What the plugin prints as ExecCredential.</summary>
    public static string Answer(string status, string version = "v1") =>
        $$"""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/{{version}}","status":{ {{status}} } }""";

    /// <summary>A file in the test's folder.</summary>
    public string File(string name) => Path.Combine(folder.Path, name);

    /// <summary>Writes the script, which runs with the folder's path in <c>$FOLDER</c>, and the kubeconfig that names it by a relative path.</summary>
    public KubernetesConnection Load(string script, TimeProvider? time = null, string version = "v1")
    {
        var path = folder.Write("bin/plugin", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return LoadCommand("./bin/plugin", time, version);
    }

    /// <summary>Writes a kubeconfig that names a command.</summary>
    public KubernetesConnection LoadCommand(string command, TimeProvider? time = null, string version = "v1") => TestClient.Load(
        folder.Write("config", $$"""
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u} }]
            clusters: [{name: c, cluster: {server: "{{server}}", {{Cluster}} } }]
            users:
            - name: u
              user:
                exec: {apiVersion: client.authentication.k8s.io/{{version}}, command: {{command}}, env: [{name: FOLDER, value: "{{folder.Path}}"}], {{Exec}} }
            """),
        time: time);
}
