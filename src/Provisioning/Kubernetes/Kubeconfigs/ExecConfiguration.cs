using YamlDotNet.Serialization;

namespace Provisioning.Kubernetes.Kubeconfigs;

/// <summary><c>users[].user.exec</c> of a kubeconfig: the credential plugin of a user.</summary>
internal sealed class ExecConfiguration
{
    [YamlMember(Alias = "apiVersion")]
    public string? ApiVersion { get; set; }

    [YamlMember(Alias = "command")]
    public string? Command { get; set; }

    [YamlMember(Alias = "args")]
    public List<string?>? Arguments { get; set; }

    [YamlMember(Alias = "env")]
    public List<ExecVariable?>? Environment { get; set; }

    [YamlMember(Alias = "installHint")]
    public string? InstallHint { get; set; }

    [YamlMember(Alias = "provideClusterInfo")]
    public bool ProvideClusterInfo { get; set; }

    [YamlMember(Alias = "interactiveMode")]
    public string? InteractiveMode { get; set; }
}

/// <summary>A variable for a credential plugin.</summary>
internal sealed class ExecVariable
{
    [YamlMember(Alias = "name")]
    public string? Name { get; set; }

    [YamlMember(Alias = "value")]
    public string? Value { get; set; }
}
