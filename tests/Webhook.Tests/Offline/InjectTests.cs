namespace Webhook.Tests.Offline;

public sealed class InjectTests : IDisposable
{
    private const string Values = """{"kineDataSourceSecretName":"c-kine","caSecret":{"name":"c-kine-ca","key":"ca.crt"}}""";
    private static readonly string[] Names = ["--kine-secret", "c-kine", "--ca-secret", "c-kine-ca", "--ca-key", "ca.crt"];
    private readonly CommandLine commands = new();

    public void Dispose() => commands.Dispose();

    [Theory]
    [InlineData("""{"values": {"a/~": 1e400, "b":12345678901234567890} , "x":"\u00e9\/" }""", """{"values": {"dataSource":@,"a/~": 1e400, "b":12345678901234567890} , "x":"\u00e9\/" }""")]
    [InlineData("""{ "values": null}""", """{ "values": {"dataSource":@}}""")]
    [InlineData("""{ "values" : {}}""", """{ "values" : {"dataSource":@}}""")]
    [InlineData("""{ }""", """{"values":{"dataSource":@} }""")]
    [InlineData("""null""", """{"values":{"dataSource":@}}""")]
    [InlineData("""{"values": {"a":1, "dataSource": {"other": [1, 2]}, "b" : 2}}""", """{"values": {"a":1, "dataSource": @, "b" : 2}}""")]
    public async Task Changes_no_other_byte_of_json(string spec, string expected)
    {
        var (exitCode, output, error) = await CommandLine.RunAsync(["inject", "-f", "-", .. Names], Release(spec));

        Assert.Equal((0, "", Release(expected.Replace("@", Values, StringComparison.Ordinal))), (exitCode, error, output));
        Assert.Equal(output, (await CommandLine.RunAsync(["inject", "-f", "-", .. Names], output)).Out);
    }

    [Fact]
    public async Task Keeps_every_value_of_yaml()
    {
        const string Yaml = """
            apiVersion: helm.toolkit.fluxcd.io/v2
            kind: HelmRelease
            metadata: {name: r}
            spec:
              values: # lost
                quoted: "on"
                plain: on
                octal: 0755
                block: |
                  two
                  lines
                big: 12345678901234567890
                repeated: [&x {a: 1}, *x]
            """;
        var (exitCode, output, error) = await CommandLine.RunAsync(["inject", "-f", "-", "--kine-secret", "1e3"], Yaml);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("quoted: \"on\"", output, StringComparison.Ordinal);
        Assert.Contains("plain: on\n", output, StringComparison.Ordinal);
        Assert.Contains("octal: 0755\n", output, StringComparison.Ordinal);
        Assert.Contains("two\n", output, StringComparison.Ordinal);
        Assert.Contains("kineDataSourceSecretName: \"1e3\"", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]", "spec: Invalid value: must be an object")]
    [InlineData("""{"values": "text"}""", "spec.values: Invalid value: must be an object")]
    public async Task Refuses_values_that_are_no_object(string spec, string expected)
    {
        var (exitCode, output, error) = await CommandLine.RunAsync(["inject", "-f", "-", .. Names], Release(spec));

        Assert.Equal((1, "", $"stdin:1: {expected}\n"), (exitCode, output, error));
    }

    [Fact]
    public async Task Refuses_what_Flux_would_let_win_over_the_values()
    {
        var release = Release("""{"valuesFrom":[{"kind":"Secret","name":"a","targetPath":"a.dataSource"},"""
            + "\n" + """{"kind":"Secret","name":"a","targetPath":"dataSource.caSecret.name"}]}""");

        var (exitCode, output, error) = await CommandLine.RunAsync(["inject", "-f", "-", "--kine-secret", "a"], release);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal(
            "stdin:2: spec.valuesFrom[1].targetPath: Forbidden: would replace spec.values.dataSource, which k0rdent sets: Flux lets a targetPath win over spec.values\n",
            error);
    }

    [Fact]
    public async Task Finds_the_names_in_the_objects_of_the_cluster()
    {
        var dataSource = commands.Write("ds.yaml", Samples.DataSource());
        var status = commands.Write("clds.yaml", Published(ready: true));

        var (_, first, remark) = await CommandLine.RunAsync(["inject", "-f", "-", "--data-source", dataSource], Release("{}"));
        var (_, later, none) = await CommandLine.RunAsync(["inject", "-f", "-", "--data-source", dataSource, status], Release("{}"));

        Assert.Contains(Values, first, StringComparison.Ordinal);
        Assert.Contains("these are the names that a new cluster gets", remark, StringComparison.Ordinal);
        Assert.Contains("""{"kineDataSourceSecretName":"c-kine-0123","caSecret":{"name":"c-kine-ca-0123","key":"ca.crt"}}""", later, StringComparison.Ordinal);
        Assert.Empty(none);
    }

    [Fact]
    public async Task Does_not_pair_a_former_CA_with_the_key_of_a_server_that_the_cluster_has_not_reached()
    {
        var dataSource = commands.Write("ds.yaml", Samples.DataSource());
        var status = commands.Write("clds.yaml", Published(ready: false));

        var (exitCode, output, error) = await CommandLine.RunAsync(["inject", "-f", "-", "--data-source", dataSource, status], Release("{}"));

        Assert.NotEqual(0, exitCode);
        Assert.Empty(output);
        Assert.Contains("is not ready: the key of the CA in Secret \"c-kine-ca-0123\" is unknown", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-f", "-")]
    [InlineData("-f", "-", "--kine-secret", "a", "--ca-secret", "b")]
    [InlineData("-f", "-", "--kine-secret", "a", "--data-source", "b")]
    [InlineData("-f", "/nowhere.yaml", "--kine-secret", "a")]
    public async Task Exits_with_2_when_the_call_is_wrong(params string[] args)
    {
        var (exitCode, output, error) = await CommandLine.RunAsync(["inject", .. args], Release("{}"));

        Assert.Equal((2, ""), (exitCode, output));
        Assert.NotEmpty(error);
    }

    [Fact]
    public async Task Exits_with_2_when_there_is_no_single_release() =>
        Assert.Equal(2, (await CommandLine.RunAsync(["inject", "-f", "-", "--kine-secret", "a"], Samples.DataSource())).ExitCode);

    private static string Published(bool ready) =>
        Samples.ClusterDataSource("c", "team_c_1").Replace("namespace: team}", "namespace: team, generation: 3}", StringComparison.Ordinal)
        + $"status: {{ready: {(ready ? "true" : "false")}, observedGeneration: 3, kineDataSourceSecret: c-kine-0123, caSecret: c-kine-ca-0123}}\n";

    private static string Release(string spec) =>
        $$$"""{"apiVersion":"helm.toolkit.fluxcd.io/v2", "kind":"HelmRelease", "metadata":{"name":"r","namespace":"team","ownerReferences":[{"apiVersion":"k0rdent.mirantis.com/v1beta1","kind":"ClusterDeployment","name":"c","uid":"1"}]}, "spec":{{{spec}}}}""";
}
