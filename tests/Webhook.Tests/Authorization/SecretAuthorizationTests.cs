using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes;
using Webhook.Authorization;
using Webhook.Tests.Validation;

namespace Webhook.Tests.Authorization;

public sealed class SecretAuthorizationTests
{
    private static readonly RequestingUser User = new("jane", "", ["g"], new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal));

    [Fact]
    public async Task Asks_about_every_Secret_at_the_same_time()
    {
        var cluster = new InMemoryCluster();
        cluster.Hanging.Add("subjectaccessreviews");
        using var services = AuthorizationWorld.Services(cluster);
        using var stop = new CancellationTokenSource();

        var asking = services.GetRequiredService<SecretAuthorizer>()
            .FindForbiddenAsync(User, [new("a", "x"), new("a", "y"), new("b", "x"), new("a", "x")], stop.Token);

        Assert.Equal(3, cluster.Calls.Count);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.AsTask());
    }

    [Fact]
    public async Task Returns_those_that_the_user_may_not_get()
    {
        using var services = AuthorizationWorld.Services(new InMemoryCluster().Grant("jane", "a", "x"));

        var forbidden = await services.GetRequiredService<SecretAuthorizer>()
            .FindForbiddenAsync(User, [new("a", "x"), new("a", "y"), new("b", "x")], CancellationToken.None);

        Assert.Equal([new NamespacedName("a", "y"), new NamespacedName("b", "x")], forbidden.OrderBy(secret => secret.Namespace, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Measures_each_question_by_its_outcome()
    {
        var cluster = new InMemoryCluster().Grant("jane", "a", "x");
        using var services = AuthorizationWorld.Services(cluster);
        var factory = services.GetRequiredService<IMeterFactory>();
        var measured = new ConcurrentQueue<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == factory)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) => measured.Enqueue($"{instrument.Name} {tags[0].Key}={tags[0].Value} {seconds >= 0}"));
        listener.Start();
        var authorizer = services.GetRequiredService<SecretAuthorizer>();

        await authorizer.FindForbiddenAsync(User, [new("a", "x"), new("a", "y")], CancellationToken.None);
        cluster.Failures["subjectaccessreviews"] = InMemoryCluster.Error(HttpStatusCode.InternalServerError);
        await Assert.ThrowsAsync<KubernetesApiException>(() => authorizer.FindForbiddenAsync(User, [new("a", "z")], CancellationToken.None).AsTask());

        const string Name = "webhook.authorization.subject_access_review.duration";
        Assert.Equal([$"{Name} outcome=allowed True", $"{Name} outcome=failed True", $"{Name} outcome=forbidden True"], measured.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("a", "")]
    public async Task Never_asks_with_an_empty_name_which_would_mean_all(string inNamespace, string name)
    {
        using var services = AuthorizationWorld.Services(new InMemoryCluster());

        await Assert.ThrowsAsync<ArgumentException>(() => services.GetRequiredService<SecretAuthorizer>()
            .FindForbiddenAsync(User, [new(inNamespace, name)], CancellationToken.None).AsTask());
    }

    [Fact]
    public void The_question_has_the_fields_of_the_API_on_the_wire()
    {
        var question = JsonSerializer.SerializeToNode(
            new SubjectAccessReview
            {
                Spec = new SubjectAccessReviewSpec
                {
                    User = "jane",
                    Groups = ["g"],
                    Extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["example.com/Some-Key"] = ["v"] },
                    ResourceAttributes = new ResourceAttributes { Namespace = "a", Verb = "get", Version = "v1", Resource = "secrets", Name = "x" },
                },
            },
            KubernetesJson.Options)!["spec"];

        Assert.True(JsonNode.DeepEquals(question, JsonNode.Parse("""
            {"resourceAttributes":{"namespace":"a","verb":"get","version":"v1","resource":"secrets","name":"x"},"user":"jane","groups":["g"],"extra":{"example.com/Some-Key":["v"]}}
            """)));
    }

    [Theory]
    [InlineData("Enforce", "Enforce")]
    [InlineData("warn", "Warn")]
    [InlineData(null, "Enforce")]
    [InlineData("Off", "Off")]
    public void Reads_the_setting(string? text, string access)
    {
        using var services = AuthorizationWorld.Services(new InMemoryCluster(), ("Authorization:SecretAccess", text));

        Assert.Equal(access, services.GetRequiredService<IOptions<SecretAuthorizationOptions>>().Value.SecretAccess.ToString());
    }

    [Theory]
    [InlineData("Authorization:SecretAccess", "nonsense")]
    [InlineData("Authorization:SecretAccess", "7")]
    [InlineData("Authorization:AllowedFor", "-00:00:01")]
    [InlineData("Authorization:AllowedFor", "00:01:01")]
    [InlineData("Authorization:AllowedFor", "soon")]
    public void A_setting_that_means_nothing_is_no_setting(string key, string text)
    {
        using var services = AuthorizationWorld.Services(new InMemoryCluster(), (key, text));

        var exception = Assert.ThrowsAny<Exception>(() => services.GetRequiredService<IOptions<SecretAuthorizationOptions>>().Value);
        Assert.Contains(key, exception.Message, StringComparison.Ordinal);
    }
}
