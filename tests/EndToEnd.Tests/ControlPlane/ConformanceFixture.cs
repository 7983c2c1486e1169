using ControlPlane;
using EndToEnd.ConformanceTests;

[assembly: AssemblyFixture(typeof(ConformanceFixture))]

namespace EndToEnd.ConformanceTests;

/// <summary>One control plane for the tests that leave it as it is; each of them works in a namespace of its own.</summary>
public sealed class ConformanceFixture : IAsyncLifetime
{
    private readonly SemaphoreSlim _starting = new(1);
    private IControlPlane? _controlPlane;

    /// <summary>The shared control plane, started by the first test that asks for it.</summary>
    internal async Task<IControlPlane> ControlPlaneAsync()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_controlPlane is null)
            {
                _controlPlane = await ControlPlanes.StartAsync(new ControlPlaneOptions(), TestContext.Current.CancellationToken);
                await _controlPlane.InstallCustomResourceDefinitionsAsync(WriteDefinition(), TestContext.Current.CancellationToken);
            }

            return _controlPlane;
        }
        finally
        {
            _starting.Release();
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_controlPlane is not null)
        {
            await _controlPlane.DisposeAsync();
        }

        _starting.Dispose();
    }

    /// <summary>Writes the CustomResourceDefinition of the tests' own kind to a file and returns its path.</summary>
    internal static string WriteDefinition()
    {
        var path = Path.Combine(Path.GetTempPath(), $"widgets-{Guid.NewGuid():n}.yaml");
        File.WriteAllText(path, Widgets.Definition);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(path);
        return path;
    }
}
