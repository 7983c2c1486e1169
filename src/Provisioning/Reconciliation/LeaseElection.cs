using System.Text.Json.Nodes;
using Provisioning.Kubernetes;

namespace Provisioning.Reconciliation;

/// <summary>
/// One candidate for a Lease. Every write is conditional on the version that was read, so of several candidates at most one succeeds.
/// Whether another's Lease has expired is judged by how long <em>this</em> process has seen it unchanged, never by comparing clocks of two
/// machines. Not safe for concurrent use.
/// </summary>
internal sealed class LeaseElection(IKubernetesClient client, NamespacedName name, string identity, TimeProvider time)
{
    /// <summary>How long others wait after the last renewal that they saw.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    /// <summary>After this long without a renewal the leader stops: well before anybody else may start.</summary>
    public static readonly TimeSpan RenewDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Between two tries.</summary>
    public static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(2);

    private Lease? observed;
    private long observedAt;

    public NamespacedName Name => name;

    public string Identity => identity;

    /// <summary>Who held the Lease when it was last read; null or empty: nobody.</summary>
    public string? Holder => observed?.Spec?.HolderIdentity;

    /// <summary>Takes or renews the Lease. False: another holds it, or was faster.</summary>
    public async Task<bool> TryAcquireOrRenewAsync(CancellationToken cancellationToken)
    {
        // The holder's usual case: one request.
        if (Holder == identity && await TryWriteAsync(RenewedSpec(), cancellationToken))
        {
            return true;
        }

        try
        {
            Observe(await client.GetAsync<Lease>(name, cancellationToken));
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            // Somebody deleted it: whoever creates it first leads, and what was known is void.
            observed = null;
            return await TryCreateAsync(cancellationToken);
        }

        if (!string.IsNullOrEmpty(Holder) && Holder != identity && time.GetElapsedTime(observedAt) < ObservedDuration())
        {
            return false;
        }

        return await TryWriteAsync(Holder == identity ? RenewedSpec() : AcquiredSpec(), cancellationToken);
    }

    /// <summary>Gives the Lease back, so that another need not wait for it to expire. Nothing happens when it is not ours any more.</summary>
    public async Task<bool> TryReleaseAsync(CancellationToken cancellationToken)
    {
        if (Holder != identity)
        {
            return false;
        }

        var released = new JsonObject
        {
            ["holderIdentity"] = null,
            ["leaseDurationSeconds"] = 1,
            ["renewTime"] = LeaseSpec.ToMicroTime(time.GetUtcNow()),
        };
        return await TryWriteAsync(released, cancellationToken);
    }

    private JsonObject RenewedSpec() => new()
    {
        ["holderIdentity"] = identity,
        ["leaseDurationSeconds"] = (int)Duration.TotalSeconds,
        ["renewTime"] = LeaseSpec.ToMicroTime(time.GetUtcNow()),
    };

    private JsonObject AcquiredSpec()
    {
        var spec = RenewedSpec();
        spec["acquireTime"] = LeaseSpec.ToMicroTime(time.GetUtcNow());
        spec["leaseTransitions"] = (observed?.Spec?.LeaseTransitions ?? 0) + 1;
        return spec;
    }

    // A holder may have set another duration than ours.
    private TimeSpan ObservedDuration() =>
        observed?.Spec?.LeaseDurationSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : Duration;

    private async Task<bool> TryCreateAsync(CancellationToken cancellationToken)
    {
        var now = LeaseSpec.ToMicroTime(time.GetUtcNow());
        var lease = new Lease
        {
            Metadata = new ObjectMeta { Namespace = name.Namespace, Name = name.Name },
            Spec = new LeaseSpec
            {
                HolderIdentity = identity,
                LeaseDurationSeconds = (int)Duration.TotalSeconds,
                AcquireTime = now,
                RenewTime = now,
                LeaseTransitions = 0,
            },
        };
        try
        {
            Observe(await client.CreateAsync(lease, WriteOptions.Default, cancellationToken));
            return true;
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists)
        {
            return false;
        }
    }

    private async Task<bool> TryWriteAsync(JsonObject spec, CancellationToken cancellationToken)
    {
        var patch = Patch.Merge(new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = observed!.Metadata.ResourceVersion },
            ["spec"] = spec,
        });
        try
        {
            Observe(await client.PatchAsync<Lease>(name, patch, WriteOptions.Default, cancellationToken));
            return true;
        }
        catch (KubernetesApiException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            return false;
        }
    }

    private void Observe(Lease lease)
    {
        if (observed?.Spec != lease.Spec)
        {
            observedAt = time.GetTimestamp();
        }

        observed = lease;
    }
}
