using System.Text.RegularExpressions;

namespace Webhook.Tests.Manifests;

/// <summary>
/// Makes the templates of the Helm chart out of what kustomize builds: a few texts become values, everything else stays as it is. So there
/// is one source, and the two ways to install cannot drift apart.
/// </summary>
internal static partial class Chart
{
    private const string Namespace = "k0rdent-datasource";
    private const string Component = "app.kubernetes.io/component: ";

    /// <summary>Where the chart is.</summary>
    public static string Folder { get; } = Repository.Path("manifests/chart");

    /// <summary>The files below <c>templates/</c> by name, from the output of <c>kubectl kustomize manifests/k0rdent</c>.</summary>
    /// <param name="built">The output.</param>
    /// <param name="everyNamespace">The binding that <c>everyNamespace: true</c> puts in the place of those in single namespaces.</param>
    public static IReadOnlyDictionary<string, string> Templates(string built, string everyNamespace)
    {
        var documents = built.Split("---\n").Where(document => !document.Contains("kind: Namespace\n", StringComparison.Ordinal));
        return documents.GroupBy(FileOf, StringComparer.Ordinal).ToDictionary(
            file => file.Key,
            file => "{{- /* Generated from manifests/k0rdent: UPDATE_DOCUMENTS=1 dotnet test --project tests/Webhook.Tests */}}\n"
                + string.Concat(file.Select(document => Template(document, everyNamespace))),
            StringComparer.Ordinal);
    }

    private static string FileOf(string document) => ComponentOf(document) switch
    {
        { Length: > 0 } component => $"{component}.yaml",
        _ => "shared.yaml",
    };

    // Certificates carry a component, too: the webhook's.
    private static string ComponentOf(string document) =>
        ComponentLabel().Match(document) is { Success: true } match ? match.Groups["name"].Value : "";

    private static string Template(string document, string everyNamespace)
    {
        var component = ComponentOf(document);
        var text = document
            .Replace($"namespace: {Namespace}\n", "namespace: {{ $.Release.Namespace }}\n", StringComparison.Ordinal)
            .Replace($"system:serviceaccount:{Namespace}:", "system:serviceaccount:{{ $.Release.Namespace }}:", StringComparison.Ordinal)
            .Replace($".{Namespace}.svc", ".{{ $.Release.Namespace }}.svc", StringComparison.Ordinal)
            .Replace($"inject-ca-from: {Namespace}/", "inject-ca-from: {{ $.Release.Namespace }}/", StringComparison.Ordinal)
            .Replace("replicas: 2\n", $"replicas: {{{{ $.Values.{component}.replicas }}}}\n", StringComparison.Ordinal)
            .Replace("        image: k0rdent-datasource:latest\n", $"{ExtraEnvironment(component)}        image: {{{{ $.Values.image.repository }}}}:{{{{ $.Values.image.tag }}}}\n", StringComparison.Ordinal);
        text = Resources().Replace(text, $"        resources:\n          {{{{- toYaml $.Values.{component}.resources | nindent 10 }}}}\n");
        return text.Contains("  namespace: kcm-system\n", StringComparison.Ordinal) ? ForNamespaces(text, everyNamespace) : $"---\n{text}";
    }

    private static string ExtraEnvironment(string component) =>
        $"        {{{{- range $name, $value := $.Values.{component}.extraEnv }}}}\n        - name: {{{{ $name }}}}\n          value: {{{{ $value | quote }}}}\n        {{{{- end }}}}\n";

    private static string ForNamespaces(string binding, string everyNamespace) =>
        "{{- if $.Values.everyNamespace }}\n---\n"
        + everyNamespace.Replace($"namespace: {Namespace}\n", "namespace: {{ $.Release.Namespace }}\n", StringComparison.Ordinal)
        + "{{- else }}\n{{- range $namespace := $.Values.secretNamespaces }}\n---\n"
        + binding.Replace("namespace: kcm-system\n", "namespace: {{ $namespace }}\n", StringComparison.Ordinal)
        + "{{- end }}\n{{- end }}\n";

    [GeneratedRegex($"^    {Component}(?<name>[a-z]+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ComponentLabel();

    [GeneratedRegex("^        resources:\n(          .*\n)+", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Resources();
}
