using System.Globalization;
using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Injection;

/// <summary>
/// Injects the names of its database's Secrets into an object that asks for a database by annotation. Unlike a cluster of k0rdent's it is
/// stored before the database is made, for the controller learns of it only then: with the names that the ClusterDataSource will publish,
/// for which its pods wait (decision 0022).
/// </summary>
internal sealed class ConsumerInjection(PublishedDataSources published, ILogger<ConsumerInjection> logger)
{
    private const string DataSourceField = "metadata.annotations[k0rdent.mirantis.com/data-source]";

    /// <summary>Decides about a request.</summary>
    /// <param name="request">A request about the object or one of its subresources.</param>
    /// <param name="shapeOf">The shape for a profile; null: there is no such profile.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<AdmissionDecision> DecideAsync(
        AdmissionRequest request, Func<string?, ConsumerShape?> shapeOf, CancellationToken cancellationToken)
    {
        if (request.SubResource.Length > 0
            || request.Operation is not (AdmissionOperation.Create or AdmissionOperation.Update)
            || !(Mentions(request.Object) || Mentions(request.OldObject))
            || ConsumerReview.Read(request, shapeOf) is not { } review)
        {
            return new AdmissionDecision.Allowed();
        }

        var violations = review.FindViolations();
        if (violations.Count > 0)
        {
            return new AdmissionDecision.Denied([.. violations.Select(violation => new DenialCause(violation.Reason, violation.Body, violation.Field))]);
        }

        // It runs on something else by now, which is not to be swept away by an empty database.
        if (review.Before is not null && review.Had?.AreOf(review.Name) != true && review.FormerSchema is null)
        {
            return new AdmissionDecision.Allowed { Warnings = [Fill(ConsumerTexts.NotInjected, review.Shape.Field)] };
        }

        try
        {
            return Decide(review, await FindAsync(review, cancellationToken));
        }
        catch (Exception exception) when (exception is KubernetesApiException or HttpRequestException or IOException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            logger.ConsumerUnknown(exception, request.Uid, request.Namespace, request.Name);
            return new AdmissionDecision.Failed(StatusCodes.Status503ServiceUnavailable, ConsumerTexts.Unknown, TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>Whether the annotation may be there. Most objects are nobody's and are not made a tree of. The API server writes these characters as they are.</summary>
    public static bool Mentions(ReadOnlyMemory<byte> json) => json.Span.IndexOf("k0rdent.mirantis.com/data-source"u8) >= 0;

    private static AdmissionDecision Decide(ConsumerReview review, Finding finding) => finding switch
    {
        // What runs goes on accepting changes (a finalizer, an interval) while its ClusterDataSource is being mended.
        { Refusal: not null } when review.Before is not null && review.Given is not null && review.Given == review.Had => Finish(review, finding),
        { Refusal: { } refusal } => new AdmissionDecision.Denied([new DenialCause("FieldValueForbidden", $"Forbidden: {refusal}", DataSourceField)]),
        { Secrets: { } secrets } => Inject(review, finding, secrets),
        _ => throw new InvalidOperationException("A finding has Secrets or a refusal."),
    };

    private static AdmissionDecision Inject(ConsumerReview review, Finding finding, ControlPlaneSecrets secrets)
    {
        review.Shape.Write(review.Draft, secrets);
        return Finish(review, review.Given is { } given && given != secrets && review.Given != review.Had
            ? finding with { Warnings = [.. finding.Warnings, Fill(InjectionTexts.Replaced, review.Shape.Field)] }
            : finding);
    }

    private static AdmissionDecision Finish(ConsumerReview review, Finding finding)
    {
        review.KeepSchema();
        IReadOnlyList<string> warnings = [.. finding.Warnings, .. review.MisspeltAnnotations()];
        return review.Draft.IsChanged
            ? new AdmissionDecision.Patched(review.Draft.ToPatch()) { Warnings = warnings }
            : new AdmissionDecision.Allowed { Warnings = warnings };
    }

    private async ValueTask<Finding> FindAsync(ConsumerReview review, CancellationToken cancellationToken)
    {
        var key = new NamespacedName(review.Namespace, review.Name);
        var found = await published.FindAsync<ClusterDataSource>(key, cancellationToken);
        if (found is null)
        {
            return review.FormerSchema is null ? await ExpectAsync(review, cancellationToken) : Wait(ConsumerTexts.ClusterDataSourceGone, key);
        }

        var owner = found.Metadata.OwnerReferences?.FirstOrDefault(reference => reference.Controller == true);
        if (owner is not null && owner.Uid != review.Uid)
        {
            return Refuse(found.Metadata.IsBeingDeleted ? ConsumerTexts.Leaving : ConsumerTexts.Taken, key);
        }

        if (found.Metadata.IsBeingDeleted)
        {
            return Refuse(ConsumerTexts.Leaving, key);
        }

        if (owner is null && review.IsNewDataSource && found.Spec?.DataSource != review.DataSource)
        {
            return Refuse(ConsumerTexts.AnotherServer, key);
        }

        return string.IsNullOrEmpty(found.Status?.KineDataSourceSecret)
            ? review.FormerSchema is null ? await ExpectAsync(review, cancellationToken) : Wait(ConsumerTexts.NotPublished, key)
            : From(review, await published.FindAsync(found, cancellationToken));
    }

    private static Finding From(ConsumerReview review, PublishedDataSource found) => found switch
    {
        PublishedDataSource.Found { KeyUnknown: null } ready => new Finding { Secrets = SecretsOf(ready, ready.AuthorityKey) },

        // The status still names the Secrets that the object was given: the key is the one that the control plane runs with.
        PublishedDataSource.Found keyless when review.Had is { Authority: { } before } && before.Name == keyless.AuthorityName =>
            new Finding { Secrets = SecretsOf(keyless, before.Key) },
        PublishedDataSource.Found keyless => new Finding { Refusal = Fill(InjectionTexts.Awaited, keyless.KeyUnknown!) },
        _ => throw new InvalidOperationException($"Unknown result {found.GetType().Name}."),
    };

    private static ControlPlaneSecrets SecretsOf(PublishedDataSource.Found found, string? authorityKey) =>
        new(found.SecretName, found.AuthorityName is null ? null : new AuthoritySecret(found.AuthorityName, authorityKey!));

    private async ValueTask<Finding> ExpectAsync(ConsumerReview review, CancellationToken cancellationToken)
    {
        var dataSource = await published.FindAsync<DataSource>(new NamespacedName(review.Namespace, review.DataSource), cancellationToken);
        return dataSource is null
            ? new Finding { Refusal = Fill(ConsumerTexts.DataSourceMissing, review.DataSource) }
            : new Finding
            {
                Secrets = ControlPlaneSecrets.Expected(review.Name, dataSource.Spec?.CertificateAuthority?.Key),
                Warnings = review.Before is null && review.Shape.CutsLists && dataSource.Spec?.Endpoints?.Count > 1 ? [ConsumerTexts.SeveralEndpoints] : [],
            };
    }

    private static Finding Wait(string what, NamespacedName key) => new() { Refusal = Fill(InjectionTexts.Awaited, Fill(what, key)) };

    private static Finding Refuse(string text, NamespacedName key) => new() { Refusal = Fill(text, key) };

    private static string Fill(string text, params object[] arguments) => string.Format(CultureInfo.InvariantCulture, text, arguments);

    /// <summary>What was found out: the Secrets, or why they cannot be named.</summary>
    private sealed record Finding
    {
        public ControlPlaneSecrets? Secrets { get; init; }

        public string? Refusal { get; init; }

        public IReadOnlyList<string> Warnings { get; init; } = [];
    }
}
