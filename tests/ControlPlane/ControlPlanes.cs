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
        LocalControlPlane controlPlane = options.BinariesDirectory is null ? new EmbeddedControlPlane(options) : new RealControlPlane(options);
        await controlPlane.StartAsync(cancellationToken);
        return controlPlane;
    }
}
