using Provisioning.Kubernetes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Injection;

/// <summary>
/// Injects the names of a cluster's Secrets into its HelmRelease. Who writes the release does not matter: kcm writes the same values, and
/// a release that loses them would start its control plane on an empty etcd.
/// </summary>
internal sealed class HelmReleaseHandler(PublishedDataSources published, ConsumerInjection consumers, ILogger<HelmReleaseHandler> logger) : IMutatingHandler
{
    private const string ValuesField = "spec.values";
    private const string DataSourceField = "spec.values.dataSource";
    private const string Forbidden = "FieldValueForbidden";
    private const string TypeInvalid = "FieldValueTypeInvalid";

    /// <inheritdoc/>
    public string Group => "helm.toolkit.fluxcd.io";

    /// <inheritdoc/>
    public string Resource => "helmreleases";

    /// <inheritdoc/>
    public async ValueTask<AdmissionDecision> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.SubResource.Length > 0 || request.Operation is not (AdmissionOperation.Create or AdmissionOperation.Update))
        {
            return new AdmissionDecision.Allowed();
        }

        if (!MayConcernUs(request.Object) && !MayConcernUs(request.OldObject))
        {
            return new AdmissionDecision.Allowed();
        }

        var fields = ReleaseReader.Read(request.Object.Span);
        var owners = Owners(request, fields);
        if (fields.IsBeingDeleted)
        {
            return new AdmissionDecision.Allowed();
        }

        // Whom a ClusterDeployment owns, that says which DataSource it has.
        if (owners.Count == 0)
        {
            return await consumers.DecideAsync(request, ConsumerShape.OfRelease, cancellationToken);
        }

        if (fields.Owners.Count == 0)
        {
            fields = ReleaseReader.ReadAll(request.Object.Span);
        }

        if (fields.Owners.Count > ReleaseFields.MaxOwners)
        {
            return Deny(Forbidden, $"Forbidden: {InjectionTexts.Fill(InjectionTexts.TooManyOwners, ReleaseFields.MaxOwners)}", "metadata.ownerReferences");
        }

        try
        {
            return Decide(request, fields, await FindAsync(request.Namespace, owners, cancellationToken));
        }
        catch (Exception exception) when (IsApiFailure(exception, cancellationToken))
        {
            logger.ClusterUnknown(exception, request.Uid, request.Namespace, request.Name);
            return new AdmissionDecision.Failed(
                StatusCodes.Status503ServiceUnavailable, InjectionTexts.OwnerUnknown, TimeSpan.FromSeconds(1));
        }
    }

    // A release that nowhere names what we look for is not read: with its managed fields that costs as much as checking all of its JSON. Where
    // a character is escaped, which the API server does to few, the name may be there all the same.
    private static bool MayConcernUs(ReadOnlyMemory<byte> release) =>
        release.Span.IndexOf("ClusterDeployment"u8) >= 0 || release.Span.IndexOf("\\u"u8) >= 0 || ConsumerInjection.Mentions(release);

    // Who replaces a release by a cleaned copy takes the owner reference away too; the cluster still runs on it.
    private static IReadOnlyList<OwnerReference> Owners(AdmissionRequest request, ReleaseFields fields) =>
        request.Operation == AdmissionOperation.Update
            ? [.. fields.Owners.Union(ReleaseReader.Read(request.OldObject.Span).Owners)]
            : fields.Owners;

    private async ValueTask<PublishedDataSource> FindAsync(string inNamespace, IReadOnlyList<OwnerReference> owners, CancellationToken cancellationToken)
    {
        foreach (var owner in owners)
        {
            if (await published.FindAsync(inNamespace, owner, cancellationToken) is var found and not PublishedDataSource.NotOurs)
            {
                return found;
            }
        }

        return new PublishedDataSource.NotOurs();
    }

    private static AdmissionDecision Decide(AdmissionRequest request, ReleaseFields fields, PublishedDataSource found)
    {
        if (found is PublishedDataSource.NotOurs || fields.Overrides.Count == 0)
        {
            return DecideOnValues(request, fields, found);
        }

        // What was there before these rules is not in the way of other changes.
        var before = request.Operation == AdmissionOperation.Update
            ? ReleaseReader.ReadAll(request.OldObject.Span).Overrides.Select(old => old.TargetPath).ToHashSet(StringComparer.Ordinal)
            : [];
        var added = fields.Overrides.Where(item => !before.Contains(item.TargetPath)).ToList();
        if (added.Count > 0)
        {
            return new AdmissionDecision.Denied(
                [.. added.Select(item => new DenialCause(Forbidden, $"Forbidden: {InjectionTexts.Fill(InjectionTexts.Overrides, DataSourceField)}", item.Field))]);
        }

        var decision = DecideOnValues(request, fields, found);
        return decision with
        {
            Warnings = [.. decision.Warnings, .. fields.Overrides.Select(item => InjectionTexts.Fill(InjectionTexts.OverridesAlready, item.Field, DataSourceField))],
        };
    }

    private static AdmissionDecision DecideOnValues(AdmissionRequest request, ReleaseFields fields, PublishedDataSource found) => found switch
    {
        PublishedDataSource.NotOurs => new AdmissionDecision.Allowed(),
        _ when fields.Spec == FieldState.Other => Deny(TypeInvalid, InjectionTexts.NotAnObject, "spec"),
        _ when fields.Values == FieldState.Other => Deny(TypeInvalid, InjectionTexts.NotAnObject, ValuesField),
        PublishedDataSource.Found { KeyUnknown: not null } keyless when NamesAlready(fields, keyless) => new AdmissionDecision.Allowed(),
        PublishedDataSource.Found { KeyUnknown: { } why } keyless =>
            KeyBefore(request, keyless) is { } key ? Inject(fields, keyless with { AuthorityKey = key }) : Wait(why),
        PublishedDataSource.Found ready => Inject(fields, ready),
        PublishedDataSource.Awaited when KeepsWhatItHad(request, fields) => new AdmissionDecision.Allowed(),
        PublishedDataSource.Awaited awaited => Wait(awaited.What),
        _ => throw new InvalidOperationException($"Unknown result {found.GetType().Name}."),
    };

    private static AdmissionDecision Inject(ReleaseFields fields, PublishedDataSource.Found ready)
    {
        var wanted = new DataSourceValues(ready.SecretName, ready.AuthorityName is null ? null : new CaSecretValues(ready.AuthorityName, ready.AuthorityKey!));
        if (fields.Known == wanted)
        {
            return new AdmissionDecision.Allowed();
        }

        return new AdmissionDecision.Patched(ReleasePatch.Compose(fields, wanted))
        {
            Warnings = fields.DataSource == FieldState.Absent ? [] : [Replaced(fields)],
            AuditAnnotations = new Dictionary<string, string>(StringComparer.Ordinal) { ["cluster-data-source"] = ready.ClusterDataSource },
        };
    }

    private static string Replaced(ReleaseFields fields) =>
        IsName(fields.KineDataSourceSecretName)
            ? InjectionTexts.Fill(InjectionTexts.SecretReplaced, DataSourceField, fields.KineDataSourceSecretName!)
            : InjectionTexts.Fill(InjectionTexts.Replaced, DataSourceField);

    // Anything else may be a DSN that somebody put into the wrong field.
    private static bool IsName(string? text) =>
        text is { Length: > 0 and <= 253 } && text.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '.');

    private static bool NamesAlready(ReleaseFields fields, PublishedDataSource.Found found) =>
        fields.Known is { } known && known.KineDataSourceSecretName == found.SecretName && known.CaSecret?.Name == found.AuthorityName;

    // The release named the Secret that the status still names: its key is the one that the control plane runs with.
    private static string? KeyBefore(AdmissionRequest request, PublishedDataSource.Found found) =>
        request.Operation == AdmissionOperation.Update
        && ReleaseReader.ReadAll(request.OldObject.Span).Known?.CaSecret is { } before && before.Name == found.AuthorityName
            ? before.Key
            : null;

    // A release that runs must go on accepting changes (its finalizer, its interval) while its ClusterDataSource is being restored.
    private static bool KeepsWhatItHad(AdmissionRequest request, ReleaseFields fields) =>
        request.Operation == AdmissionOperation.Update && fields.Known is { } known && ReleaseReader.ReadAll(request.OldObject.Span).Known == known;

    private static AdmissionDecision.Denied Wait(string what) =>
        Deny(Forbidden, $"Forbidden: {InjectionTexts.Fill(InjectionTexts.Awaited, what)}", DataSourceField);

    private static AdmissionDecision.Denied Deny(string reason, string message, string field) => new([new DenialCause(reason, message, field)]);

    private static bool IsApiFailure(Exception exception, CancellationToken cancellationToken) =>
        exception is KubernetesApiException or HttpRequestException or IOException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
