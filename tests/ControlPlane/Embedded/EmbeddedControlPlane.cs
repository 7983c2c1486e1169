namespace ControlPlane.Embedded;
internal sealed class EmbeddedControlPlane
{
    public static Task<IControlPlane> StartAsync(ControlPlaneOptions o, CancellationToken c) => throw new InvalidOperationException(o.Directory);
}
