using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Storage;
using ControlPlane.Tables;

namespace ControlPlane.Http;

/// <summary>Writes the events of one watch in the form and selection that the client asked for.</summary>
internal sealed class EventStream(ApiRequest request, TimeProvider timeProvider)
{
    private readonly LabelSelector _labels = LabelSelector.Parse(request.Query("labelSelector"));
    private readonly FieldSelector _fields = FieldSelector.Parse(request.Query("fieldSelector"), request.Resource);
    private readonly AnswerForm _form = Negotiation.Form(request.Context.Request);
    private readonly bool _takesBookmarks = request.Query("allowWatchBookmarks") is "true" or "1";
    private bool _hasSentColumns;

    /// <summary>The version of the last change that was looked at; 0 before the first.</summary>
    public long LastRevision { get; private set; }

    /// <summary>Whether the client's selectors match the object.</summary>
    public bool Selects(JsonObject o)
        => _labels.Matches(o["metadata"]!["labels"])
            && _fields.Matches(o)
            && (request.Info.Name.Length == 0 || o["metadata"]!["name"].Text() == request.Info.Name);

    /// <summary>Sends the headers, so that the client knows that the watch stands.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        request.Context.Response.StatusCode = 200;
        request.Context.Response.ContentType = "application/json";
        await request.Context.Response.Body.FlushAsync(cancellationToken);
    }

    /// <summary>Sends a change as the selectors see it: what leaves the selection is deleted for this client, what enters is added.</summary>
    public Task SendAsync(Change change, CancellationToken cancellationToken)
    {
        LastRevision = change.Revision;
        var was = change.Previous is { } previous && Selects(previous.Value);
        var isSelected = !change.IsDeleted && Selects(change.Current.Value);
        return (was, isSelected) switch
        {
            (false, true) => SendAsync("ADDED", change.Current.Value, cancellationToken),
            (true, true) => SendAsync("MODIFIED", change.Current.Value, cancellationToken),
            (true, false) => SendAsync("DELETED", Last(change), cancellationToken),
            _ => Task.CompletedTask,
        };
    }

    /// <summary>Sends a bookmark, to clients that take them.</summary>
    public async Task BookmarkAsync(long revision, bool isInitialEnd, CancellationToken cancellationToken)
    {
        if (!_takesBookmarks)
        {
            return;
        }

        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
        if (isInitialEnd)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }
        else
        {
            metadata["creationTimestamp"] = null;
        }

        var o = new JsonObject
        {
            ["apiVersion"] = request.Resource.ApiVersion,
            ["kind"] = request.Resource.Kind,
            ["metadata"] = metadata,
        };
        await SendAsync("BOOKMARK", o, cancellationToken);
    }

    /// <summary>Sends one event.</summary>
    public async Task SendAsync(string type, JsonObject o, CancellationToken cancellationToken)
    {
        var body = type == "ERROR" ? o : InForm(type, ReadEndpoint.InVersion(request, o));
        var line = Json.ToUtf8(new JsonObject { ["type"] = type, ["object"] = body.Parent is null ? body : body.DeepClone() });
        await request.Context.Response.Body.WriteAsync(line, cancellationToken);
        await request.Context.Response.Body.WriteAsync("\n"u8.ToArray(), cancellationToken);
        await request.Context.Response.Body.FlushAsync(cancellationToken);
    }

    private JsonObject InForm(string type, JsonObject o)
    {
        if (_form == AnswerForm.Metadata)
        {
            return TableBuilder.Partial(o);
        }

        if (_form == AnswerForm.Object)
        {
            return (JsonObject)o.DeepClone();
        }

        var metadata = new JsonObject { ["resourceVersion"] = o["metadata"]!["resourceVersion"].Text() };
        var table = new TableBuilder(request.Resource, request.Query("includeObject"), timeProvider)
            .Build(type == "BOOKMARK" ? [] : [o], metadata, !_hasSentColumns);
        _hasSentColumns = true;
        return table;
    }

    private static JsonObject Last(Change change)
    {
        if (change.IsDeleted)
        {
            return change.Current.Value;
        }

        // For this client the object ends as it last saw it, at the version of the change that hid it.
        var last = (JsonObject)change.Previous!.Value.DeepClone();
        last["metadata"]!["resourceVersion"] = change.Revision.ToString(CultureInfo.InvariantCulture);
        return last;
    }
}
