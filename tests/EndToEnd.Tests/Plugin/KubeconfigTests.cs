using System.Text.RegularExpressions;
using EndToEnd.ConformanceTests;
using EndToEnd.Tests.Running;

namespace EndToEnd.Tests.Plugin;

/// <summary>The kubeconfigs that people have: the plugin takes what kubectl itself takes, which is asked with the same ones.</summary>
public sealed partial class KubeconfigTests(Installation installation) : PluginTests(installation)
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kubeconfigs-");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        folder.Delete(recursive: true);
        base.Dispose(disposing);
    }

    [Fact]
    public async Task A_credential_plugin_logs_in_with_a_token()
    {
        await InstalledKubectl.RequireAsync(24, "kubectl create token");
        await CreateViewersAsync("login-token");
        await Installation.Kubectl.RunAsync("create serviceaccount robot --namespace login-token");
        await Installation.Kubectl.RunAsync("create rolebinding robot --namespace login-token --role=viewer --serviceaccount=login-token:robot");
        var token = await Installation.Kubectl.RunAsync("create token robot --namespace login-token");
        using var robot = Plugins.Kubectl(WriteExec($$$"""echo logging in >&2; echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"{{{token}}}"}}'"""));

        var shown = await ListAsync(robot, "login-token");
        var forbidden = await robot.TryAsync("datasource status -n default");

        Assert.StartsWith("logging in\n", shown.Error, StringComparison.Ordinal);
        Assert.Equal(1, forbidden.ExitCode);
        Assert.Contains("\"system:serviceaccount:login-token:robot\" cannot list", forbidden.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(token, shown.Error + forbidden.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credential_plugin_logs_in_with_a_certificate()
    {
        await InstalledKubectl.RequireAsync(22, "client.authentication.k8s.io/v1 for credential plugins");
        await CreateViewersAsync("login-certificate");
        var own = await File.ReadAllTextAsync(await Installation.ControlPlane.CreateUserAsync("vera", ["viewers"], Token), Token);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "crt"), Content(own, "client-certificate-data"), Token);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "key"), Content(own, "client-key-data"), Token);
        using var vera = Plugins.Kubectl(WriteExec(
            """
            line() { base64 -d "$(dirname "$0")/$1" | awk '{printf "%s\\n", $0}'; }
            printf %s "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"clientCertificateData\":\"$(line crt)\",\"clientKeyData\":\"$(line key)\"}}"
            """));

        await ListAsync(vera, "login-certificate");

        Assert.Contains("\"vera\" cannot list", (await vera.TryAsync("datasource status -n default")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_or_failing_credential_plugin_is_said_and_the_current_folder_is_no_place_to_find_one()
    {
        var kubeconfig = WriteExec("echo session expired >&2; exit 4");
        using var failing = Plugins.Kubectl(kubeconfig);
        var bare = Path.Combine(folder.FullName, "bare");
        await File.WriteAllTextAsync(bare, (await File.ReadAllTextAsync(kubeconfig, Token)).Replace("./login", "login-of-ours", StringComparison.Ordinal), Token);
        File.Copy(Path.Combine(folder.FullName, "login"), Path.Combine(folder.FullName, "login-of-ours"));

        var failed = await failing.TryAsync("datasource status");
        var missing = await Pseudoterminal.RunAsync(
            $"cd {folder.FullName} && kubectl datasource status --no-color", new Dictionary<string, string>(Variables(), StringComparer.Ordinal) { ["KUBECONFIG"] = bare });

        Assert.Equal((2, ""), (failed.ExitCode, failed.Output));
        Assert.Equal($"session expired\n{kubeconfig}: users[person].user.exec: the plugin ./login failed with exit code 4; what it said of it stands above.\n", failed.Error);
        Assert.Contains("the plugin login-of-ours was not found", missing, StringComparison.Ordinal);
        Assert.EndsWith("It is in the tool shed.\n", missing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_who_may_acts_as_another_and_has_that_one_s_rights_only()
    {
        await CreateViewersAsync("login-as");
        var vera = $"datasource status -n login-as --as vera --as-group viewers --as-group others";

        Assert.Equal(0, (await Kubectl.TryAsync(vera)).ExitCode);
        var without = await Kubectl.TryAsync("datasource status -n login-as --as vera");
        var orphaned = await Kubectl.TryAsync("datasource status -n login-as --as-group viewers");
        Assert.Equal(1, without.ExitCode);
        Assert.Contains("\"vera\" cannot list", without.Error, StringComparison.Ordinal);
        Assert.Equal(2, orphaned.ExitCode);
        Assert.Contains("or give --as.", orphaned.Error, StringComparison.Ordinal);

        var admin = await File.ReadAllTextAsync(Installation.ControlPlane.AdminKubeconfigPath, Token);
        using var configured = Plugins.Kubectl(Write("as", admin.TrimEnd() + "\n    as: vera\n    as-groups: [viewers]\n"));
        await ListAsync(configured, "login-as");
        Assert.Contains("\"vera\" cannot list", (await configured.TryAsync("datasource status -n default")).Error, StringComparison.Ordinal);

        using var eve = Plugins.Kubectl(await Installation.ControlPlane.CreateUserAsync("eve", [], Token));
        var refused = await eve.TryAsync(vera);
        Assert.Equal(1, refused.ExitCode);
        // API servers before and after constrained impersonation (KEP-5284) word it differently.
        Assert.Contains("forbidden: User \"eve\" cannot impersonate", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_files_are_one_and_options_choose_among_what_is_in_them()
    {
        await CreateViewersAsync("login-files");
        var admin = await File.ReadAllTextAsync(Installation.ControlPlane.AdminKubeconfigPath, Token);
        var users = admin.IndexOf("users:", StringComparison.Ordinal);
        var vera = await File.ReadAllTextAsync(await Installation.ControlPlane.CreateUserAsync("vera", ["viewers"], Token), Token);
        using var several = Plugins.Kubectl(string.Join(':', Write("clusters", admin[..users]), "/nonexistent", Write("users", admin[users..]), Write("more/users", vera[vera.IndexOf("users:", StringComparison.Ordinal)..])));

        await ListAsync(several, "login-files");
        Assert.Contains("\"vera\" cannot list", (await several.TryAsync("datasource status -n default --user vera --cluster test")).Error, StringComparison.Ordinal);
        await ListAsync(several, "login-files", "--user vera --request-timeout 10s");
        var late = await several.TryAsync("datasource status --request-timeout soon");
        Assert.Equal(2, late.ExitCode);
        Assert.Contains("'soon' is not a time", late.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_verified_where_the_kubeconfig_says_so()
    {
        await CreateViewersAsync("login-insecure");
        var admin = await File.ReadAllTextAsync(Installation.ControlPlane.AdminKubeconfigPath, Token);
        using var insecure = Plugins.Kubectl(Write("insecure", Authority().Replace(admin, "insecure-skip-tls-verify: true")));
        using var unknown = Plugins.Kubectl(Write("unknown", Authority().Replace(admin, "tls-server-name: localhost")));

        await ListAsync(insecure, "login-insecure");
        Assert.Equal(2, (await unknown.TryAsync("datasource status")).ExitCode);
    }

    private static string Content(string kubeconfig, string key) => Regex.Match(kubeconfig, $"{key}: (\\S+)", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value;

    // kubectl itself is the judge of what works.
    private static async Task<KubectlResult> ListAsync(Kubectl kubectl, string inNamespace, string options = "")
    {
        var reference = await kubectl.TryAsync($"get clds -n {inNamespace} {options}");
        var shown = await kubectl.TryAsync($"datasource status -n {inNamespace} {options}");
        Assert.True(reference.ExitCode == 0, reference.Error);
        Assert.True(shown.ExitCode == 0, shown.Error);
        Assert.EndsWith($"No ClusterDataSource found in namespace {inNamespace}; -A looks in all.\n", shown.Error, StringComparison.Ordinal);
        return shown;
    }

    // Whoever is in the group viewers may list the ClusterDataSources of a new namespace.
    private async Task CreateViewersAsync(string inNamespace)
    {
        await Installation.Kubectl.RunAsync($"create namespace {inNamespace}");
        await Installation.Kubectl.RunAsync($"create role viewer --namespace {inNamespace} --verb=get,list --resource=clusterdatasources.k0rdent.mirantis.com");
        await Installation.Kubectl.RunAsync($"create rolebinding viewers --namespace {inNamespace} --role=viewer --group=viewers");
    }

    private string WriteExec(string script)
    {
        var path = Write("login", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var plane = Installation.ControlPlane;
        return Write(
            "exec",
            $$"""
            apiVersion: v1
            kind: Config
            current-context: test
            contexts: [{name: test, context: {cluster: test, user: person} }]
            clusters:
            - name: test
              cluster:
                server: {{plane.ServerUrl.GetLeftPart(UriPartial.Authority)}}
                certificate-authority-data: {{Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(plane.CertificateAuthority.ExportCertificatePem()))}}
            users:
            - name: person
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  interactiveMode: IfAvailable
                  command: ./login
                  installHint: It is in the tool shed.
            """);
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    [GeneratedRegex(@"certificate-authority-data: \S+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Authority();
}
