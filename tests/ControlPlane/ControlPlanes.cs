using ControlPlane.Embedded;
using ControlPlane.Real;

namespace ControlPlane;

/// <summary>Starts control planes.</summary>
public static class ControlPlanes
{
    /// <summary>Starts the form that the options choose and returns when it is ready to serve.</summary>
    public static async Task<IControlPlane> StartAsync(ControlPlaneOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.BinariesDirectory is null
            ? await EmbeddedControlPlane.StartAsync(options, cancellationToken)
            : await RealControlPlane.StartAsync(options, cancellationToken);
    }
}
