using FaultyController;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

// The controller in a process of its own that tests kill. It is composed as the product composes it, but for three services: fault points,
// a client that passes them, and names of databases that do not depend on chance. Ends when its standard input does, so it never outlives a test.
var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, Args = args });
builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
var faults = new KillSwitch(builder.Configuration["Kill:Namespace"], builder.Configuration["Kill:At"]);
builder.Services.AddSingleton<IFaultPoints>(faults);
builder.Services.AddSingleton<IRandomSuffix, FixedSuffix>();
builder.Services.AddClusterDataSources(builder.Configuration);
builder.Services.Wrap<IKubernetesClient>(client => new MortalClient(client, faults, builder.Configuration["Kill:Namespace"]));

using var host = builder.Build();
await host.StartAsync();
await Console.In.ReadToEndAsync();
await host.StopAsync();
