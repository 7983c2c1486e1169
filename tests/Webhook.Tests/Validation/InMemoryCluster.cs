using System.Net;
using Provisioning.Kubernetes;
using Webhook.Authorization;

namespace Webhook.Tests.Validation;

/// <summary>
/// A cluster in memory behind the client's interface: holds objects, answers access reviews by a list of rights, pages its lists, and fails
/// where a test wants it to. What the handlers under test must never do (watch, patch, delete) throws.
/// </summary>
internal sealed class InMemoryCluster : IKubernetesClient
{
    private readonly List<Resource> objects = [];
    private readonly List<SubjectAccessReview> accessReviews = [];
    private readonly HashSet<(string User, NamespacedName Secret)> rights = [];

    /// <summary>All that was asked, such as <c>GET datasources kcm-system/pg</c>.</summary>
    public List<string> Calls { get; } = [];

    public IReadOnlyList<SubjectAccessReview> AccessReviews => accessReviews;

    /// <summary>Who the process is.</summary>
    public string Self { get; set; } = "system:serviceaccount:kcm-system:k0rdent-datasource-webhook";

    /// <summary>Thrown by calls of a plural name; the key <c>*</c> means all.</summary>
    public Dictionary<string, Exception> Failures { get; } = new(StringComparer.Ordinal);

    /// <summary>Plural names whose calls never end by themselves.</summary>
    public HashSet<string> Hanging { get; } = new(StringComparer.Ordinal);

    /// <summary>What happens before an access review is answered.</summary>
    public Action BeforeAnswer { get; set; } = () => { };

    public int PageSize { get; set; } = int.MaxValue;

    public static KubernetesApiException Error(HttpStatusCode status) => new(status, $"{status}", "made up by the test");

    public InMemoryCluster Add(Resource resource)
    {
        objects.Add(resource);
        return this;
    }

    public InMemoryCluster Grant(string user, string inNamespace, string secret)
    {
        rights.Add((user, new NamespacedName(inNamespace, secret)));
        return this;
    }

    public InMemoryCluster Revoke(string user, string inNamespace, string secret)
    {
        Assert.True(rights.Remove((user, new NamespacedName(inNamespace, secret))));
        return this;
    }

    public async Task<T> GetAsync<T>(NamespacedName name, GetOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        await BeginAsync("GET", T.ResourceType.Plural, name.ToString(), cancellationToken);
        return objects.OfType<T>().FirstOrDefault(item => (item.Metadata.Namespace ?? "") == name.Namespace && item.Metadata.Name == name.Name)
            ?? throw Error(HttpStatusCode.NotFound);
    }

    public async Task<ResourcePage<T>> ListAsync<T>(ListOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        await BeginAsync("LIST", T.ResourceType.Plural, options.Namespace ?? "*", cancellationToken);
        var start = options.Continue is null ? 0 : int.Parse(options.Continue);
        var all = objects.OfType<T>().Where(item => options.Namespace is null || item.Metadata.Namespace == options.Namespace).ToList();
        var size = Math.Min(PageSize, options.Limit ?? int.MaxValue);
        return new ResourcePage<T>([.. all.Skip(start).Take(size)], "1", all.Count - start > size ? $"{start + size}" : null);
    }

    public async Task<T> CreateAsync<T>(T resource, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource
    {
        Assert.Null(resource.Metadata.Namespace);
        await BeginAsync("CREATE", T.ResourceType.Plural, "", cancellationToken);
        return (T)(IResource)(resource switch
        {
            SubjectAccessReview review => Answer(review),
            SelfSubjectReview review => review with { Status = new SelfSubjectReviewStatus { UserInfo = new SelfUserInfo { Username = Self } } },
            _ => throw new InvalidOperationException($"The webhook must not create {typeof(T).Name}."),
        });
    }

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new InvalidOperationException("The webhook watches through informers only.");

    public Task<T> PatchAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new InvalidOperationException("The webhook must not write.");

    public Task<T> PatchStatusAsync<T>(NamespacedName name, Patch patch, WriteOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new InvalidOperationException("The webhook must not write.");

    public Task DeleteAsync<T>(NamespacedName name, DeleteOptions options, CancellationToken cancellationToken)
        where T : IResource => throw new InvalidOperationException("The webhook must not write.");

    private SubjectAccessReview Answer(SubjectAccessReview review)
    {
        lock (accessReviews)
        {
            accessReviews.Add(review);
        }

        BeforeAnswer();
        var attributes = review.Spec!.ResourceAttributes;
        var allowed = rights.Contains((review.Spec.User, new NamespacedName(attributes.Namespace, attributes.Name)));
        return review with { Status = new SubjectAccessReviewStatus { Allowed = allowed } };
    }

    private async Task BeginAsync(string verb, string plural, string what, CancellationToken cancellationToken)
    {
        lock (Calls)
        {
            Calls.Add($"{verb} {plural} {what}".TrimEnd());
        }

        if (Hanging.Contains(plural))
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (Failures.TryGetValue(plural, out var failure) || Failures.TryGetValue("*", out failure))
        {
            throw failure;
        }
    }
}
