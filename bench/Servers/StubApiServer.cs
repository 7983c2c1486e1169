using Microsoft.AspNetCore.Connections.Features;

namespace Bench.Servers;

/// <summary>
/// What the webhook needs of a Kubernetes API server, over TLS and HTTP/2: empty lists, watches that say nothing, SubjectAccessReviews
/// that allow, and one ClusterDeployment with its ClusterDataSource. Questions of a review are answered after one millisecond.
/// </summary>
internal sealed class StubApiServer
{
    private static readonly byte[] Reviewed =
        """
        {"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","metadata":{},"spec":{"resourceAttributes":{"namespace":"kcm-system","verb":"get","version":"v1","resource":"secrets","name":"auth-secret"},"user":"admin","groups":["system:masters","system:authenticated"]},"status":{"allowed":true}}
        """u8.ToArray();

    private static readonly byte[] Identity =
        """{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview","metadata":{},"status":{"userInfo":{"username":"webhook"}}}"""u8.ToArray();

    private static readonly byte[] Empty = """{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}"""u8.ToArray();

    private static readonly byte[] Version = """{"major":"1","minor":"36","gitVersion":"v1.36.0"}"""u8.ToArray();

    private static readonly byte[] Cluster =
        """
        {"apiVersion":"k0rdent.mirantis.com/v1beta1","kind":"ClusterDeployment","metadata":{"name":"big","namespace":"team-a","uid":"6f2b6a5e-0000-4000-8000-000000000001","generation":1},"spec":{"dataSource":"postgres"}}
        """u8.ToArray();

    private static readonly byte[] ClusterDataSource =
        """
        {"apiVersion":"k0rdent.mirantis.com/v1beta1","kind":"ClusterDataSource","metadata":{"name":"big","namespace":"team-a","generation":1},"spec":{"dataSource":"postgres","schema":"team_a_big_abcde"},"status":{"ready":true,"observedGeneration":1,"kineDataSourceSecret":"big-kine"}}
        """u8.ToArray();

    // The time that a real API server takes for a question of a review.
    private readonly PreciseDelay delay = new(TimeSpan.FromMilliseconds(1));
    private long questions;
    private long connections;

    /// <summary>
    /// Serves until it is ended. Arguments: the port, the folder with <c>tls.crt</c> and <c>tls.key</c>, and a second port on which
    /// <c>GET /</c> tells, without TLS, how many connections were opened and how many questions were asked so far.
    /// </summary>
    public static async Task RunAsync(string[] args)
    {
        var (port, certificates, counterPort) = (int.Parse(args[0]), args[1], int.Parse(args[2]));
        var stub = new StubApiServer();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // As a Go server has it.
            kestrel.Limits.Http2.MaxStreamsPerConnection = 250;
            kestrel.ListenLocalhost(counterPort);
            kestrel.ListenLocalhost(port, listener =>
            {
                listener.UseHttps(FloorServer.Load(certificates));
                listener.Use(next => connection =>
                {
                    Interlocked.Increment(ref stub.connections);
                    return next(connection);
                });
            });
        });
        var app = builder.Build();
        app.Run(context => context.Features.Get<ITlsHandshakeFeature>() is null ? stub.CountAsync(context) : stub.AnswerAsync(context));
        await app.RunAsync();
    }

    private Task CountAsync(HttpContext context) =>
        context.Response.WriteAsync($"{Interlocked.Read(ref connections)} {Interlocked.Read(ref questions)}", context.RequestAborted);

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (context.Request.Query.ContainsKey("watch"))
        {
            await WatchAsync(context);
        }
        else if (path.EndsWith("/subjectaccessreviews", StringComparison.Ordinal))
        {
            await AnswerQuestionAsync(context, Reviewed, StatusCodes.Status201Created);
        }
        else if (path.EndsWith("/clusterdeployments/big", StringComparison.Ordinal))
        {
            await AnswerQuestionAsync(context, Cluster, StatusCodes.Status200OK);
        }
        else if (path.EndsWith("/clusterdatasources/big", StringComparison.Ordinal))
        {
            await AnswerQuestionAsync(context, ClusterDataSource, StatusCodes.Status200OK);
        }
        else
        {
            var body = path.EndsWith("/selfsubjectreviews", StringComparison.Ordinal) ? Identity : path == "/version" ? Version : Empty;
            await WriteAsync(context, body, StatusCodes.Status200OK);
        }
    }

    private static async Task WatchAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await context.Response.Body.FlushAsync(context.RequestAborted);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The watcher has gone.
        }
    }

    private async Task AnswerQuestionAsync(HttpContext context, byte[] body, int statusCode)
    {
        Interlocked.Increment(ref questions);

        // A stream whose request is left unread is kept for a while, and counts.
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        await delay.WaitAsync();
        await WriteAsync(context, body, statusCode);
    }

    private static Task WriteAsync(HttpContext context, byte[] body, int statusCode)
    {
        context.Response.StatusCode = statusCode;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
