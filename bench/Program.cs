using Bench.Admission;
using Bench.Provisioning;
using Bench.Results;
using Bench.Servers;

namespace Bench;

/// <summary>The benchmarks and the servers that they need; the scripts beside this file call them.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        var (command, rest) = args is [var first, .. var others] ? (first, others) : ("", []);
        switch (command)
        {
            case "floor":
                await FloorServer.RunAsync(rest);
                return 0;
            case "api-server":
                await StubApiServer.RunAsync(rest);
                return 0;
            case "admission":
                return await AdmissionBenchmark.RunAsync(rest);
            case "allocations" when rest is [var fixtures, var artifacts]:
                return ReviewBenchmarks.Run(fixtures, artifacts);
            case "provisioning":
                return await ProvisioningBenchmark.RunAsync(rest);
            case "restart":
                return await RestartBenchmark.RunAsync(rest);
            case "restart-floor" when rest is [var kubeconfig]:
                await RestartFloor.RunAsync(kubeconfig);
                return 0;
            case "isolation":
                return await IsolationBenchmark.RunAsync(rest);
            case "compare" when rest is [var before, var after]:
                return Comparison.Run(before, after, Console.Out);
            default:
                await Console.Error.WriteLineAsync("usage: Bench admission ... | allocations FIXTURES ARTIFACTS | provisioning ... | restart ... | isolation ... | compare OLD NEW (see bench/*.sh)");
                return 2;
        }
    }
}
