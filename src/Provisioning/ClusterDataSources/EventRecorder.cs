using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>
/// Writes Events about ClusterDataSources, and each about the ClusterDeployment that controls it too: that is what people describe. The same
/// Event about the same object is one object with a count: its name is made of what it says, so this holds across restarts and without memory.
/// An Event that cannot be written is logged and changes nothing else.
/// </summary>
internal sealed class EventRecorder(IKubernetesClient client, TimeProvider time, ILogger<EventRecorder> logger)
{
    private const string Controller = "k0rdent.mirantis.com/cluster-data-source-controller";

    /// <summary>What the API takes, in bytes of UTF-8.</summary>
    private const int MaxNoteBytes = 1024;

    /// <summary>Where the Events about objects without a namespace are.</summary>
    private const string ClusterWideEvents = "default";

    private const string Ellipsis = "...";
    private const int MaxNamePrefix = 200;

    /// <summary>Something good happened.</summary>
    public Task NormalAsync(ClusterDataSource about, string action, string reason, string note, CancellationToken cancellationToken) =>
        RecordAsync(about, "Normal", action, reason, note, cancellationToken);

    /// <summary>Something that a person should know.</summary>
    public Task WarningAsync(ClusterDataSource about, string action, string reason, string note, CancellationToken cancellationToken) =>
        RecordAsync(about, "Warning", action, reason, note, cancellationToken);

    /// <summary>
    /// Something that a person must still do when the object is gone. In a namespace that is being deleted nothing new is stored: there it is recorded about
    /// the Namespace, which is where cluster-wide objects have theirs: in namespace <c>default</c>.
    /// </summary>
    public async Task RemainsAsync(ClusterDataSource about, string action, string reason, string note, CancellationToken cancellationToken)
    {
        if (await FindEndingNamespaceAsync(about, cancellationToken) is not { } ending)
        {
            await WarningAsync(about, action, reason, note, cancellationToken);
            return;
        }

        var happened = New(about, "Warning", action, reason, Cut($"ClusterDataSource {about.Key}: {note}"));
        var regarding = new ObjectReference
        {
            ApiVersion = Namespace.ResourceType.ApiVersion,
            Kind = Namespace.ResourceType.Kind,
            Name = ending.Metadata.Name!,
            Uid = ending.Metadata.Uid ?? "",
        };
        await WriteAsync(
            about,
            happened with
            {
                Metadata = happened.Metadata with { Name = NameOf(regarding, happened.Type, action, reason, happened.Note), Namespace = ClusterWideEvents },
                Regarding = regarding,
            },
            cancellationToken);
    }

    /// <summary>The namespace of the object when it is being deleted; null: it is not, or that cannot be known.</summary>
    private async Task<Namespace?> FindEndingNamespaceAsync(ClusterDataSource about, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync<Namespace>(new NamespacedName("", about.Metadata.Namespace ?? ""), cancellationToken) is { IsTerminating: true } ending ? ending : null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.NamespaceUnknown(about.Key, exception);
            return null;
        }
    }

    private async Task RecordAsync(ClusterDataSource about, string type, string action, string reason, string note, CancellationToken cancellationToken)
    {
        var happened = New(about, type, action, reason, Cut(note));
        await WriteAsync(about, happened, cancellationToken);
        if (RunningClusters.ControllerOf(about) is { } deployment)
        {
            await WriteAsync(about, About(deployment, happened), cancellationToken);
        }
    }

    private async Task WriteAsync(ClusterDataSource about, KubernetesEvent happened, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateAsync(happened, WriteOptions.Default, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists)
        {
            await CountAsync(about, happened, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.EventLost(about.Key, happened.Reason, exception);
        }
    }

    private async Task CountAsync(ClusterDataSource about, KubernetesEvent again, CancellationToken cancellationToken)
    {
        try
        {
            var existing = await client.GetAsync<KubernetesEvent>(again.Key, cancellationToken);
            var series = new JsonObject
            {
                ["count"] = (existing.Series?.Count ?? 1) + 1,
                ["lastObservedTime"] = again.EventTime,
            };
            await client.PatchAsync<KubernetesEvent>(
                again.Key, Patch.Merge(new JsonObject { ["series"] = series }), WriteOptions.Default, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.EventLost(about.Key, again.Reason, exception);
        }
    }

    private KubernetesEvent New(ClusterDataSource about, string type, string action, string reason, string note)
    {
        var regarding = new ObjectReference
        {
            ApiVersion = ClusterDataSource.ResourceType.ApiVersion,
            Kind = ClusterDataSource.ResourceType.Kind,
            Namespace = about.Metadata.Namespace ?? "",
            Name = about.Metadata.Name ?? "",
            Uid = about.Metadata.Uid ?? "",
        };
        return new KubernetesEvent
        {
            Metadata = new ObjectMeta { Name = NameOf(regarding, type, action, reason, note), Namespace = about.Metadata.Namespace },
            EventTime = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            ReportingController = Controller,
            ReportingInstance = Environment.MachineName,
            Type = type,
            Action = action,
            Reason = reason,
            Note = note,
            Regarding = regarding,
        };
    }

    private static KubernetesEvent About(OwnerReference deployment, KubernetesEvent happened)
    {
        var regarding = happened.Regarding with
        {
            ApiVersion = deployment.ApiVersion,
            Kind = deployment.Kind,
            Name = deployment.Name,
            Uid = deployment.Uid,
        };
        return happened with
        {
            Metadata = happened.Metadata with { Name = NameOf(regarding, happened.Type, happened.Action, happened.Reason, happened.Note) },
            Regarding = regarding,
            Related = happened.Regarding,
        };
    }

    private static string Cut(string note)
    {
        if (Encoding.UTF8.GetByteCount(note) <= MaxNoteBytes)
        {
            return note;
        }

        // Whole characters only, in one pass.
        var (left, length) = (MaxNoteBytes - Ellipsis.Length, 0);
        foreach (var rune in note.EnumerateRunes())
        {
            if ((left -= rune.Utf8SequenceLength) < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return string.Concat(note.AsSpan(0, length), Ellipsis);
    }

    private static string NameOf(ObjectReference regarding, string type, string action, string reason, string note)
    {
        var content = string.Join('\n', regarding.Uid, type, action, reason, note);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))[..16];
        var name = regarding.Name;
        return $"{(name.Length <= MaxNamePrefix ? name : name[..MaxNamePrefix].TrimEnd('-', '.'))}.{hash}";
    }
}
