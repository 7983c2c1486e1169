using ControlPlane;
await using var cp = await ControlPlanes.StartAsync(new ControlPlaneOptions { Directory = args[0] }, CancellationToken.None);
Console.WriteLine("ready: " + cp.AdminKubeconfigPath);
await Task.Delay(-1);
