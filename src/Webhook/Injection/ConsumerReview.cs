using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Resources;
using Webhook.Admission;

namespace Webhook.Injection;

/// <summary>A request about an object that has, or had before this update, the annotation <see cref="ConsumerAnnotations.DataSource"/>.</summary>
internal sealed class ConsumerReview
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = AdmissionReviewReader.MaxDepth };

    private ConsumerReview(AdmissionRequest request, JsonObject after, JsonObject? before, ConsumerShape? shape)
    {
        (Namespace, Name, Draft, Before, Shape) = (request.Namespace, request.Name, new JsonDraft(after), before, shape!);
        Given = shape?.Read(after);
        Had = before is null ? null : shape?.Read(before);
    }

    /// <summary>The object's namespace.</summary>
    public string Namespace { get; }

    /// <summary>The object's name; empty on a create with generateName.</summary>
    public string Name { get; }

    /// <summary>The object asked for.</summary>
    public JsonDraft Draft { get; }

    /// <summary>The stored object; null on a create.</summary>
    public JsonObject? Before { get; }

    /// <summary>Where the Secrets are named; null only when the profile is unknown, which is a violation.</summary>
    public ConsumerShape Shape { get; }

    /// <summary>The Secrets that the object asked for names.</summary>
    public ControlPlaneSecrets? Given { get; }

    /// <summary>The Secrets that the stored object names.</summary>
    public ControlPlaneSecrets? Had { get; }

    /// <summary>The DataSource asked for.</summary>
    public string DataSource => Annotation(Draft.Root, ConsumerAnnotations.DataSource);

    /// <summary>Whether this request names the DataSource for the first time or another one.</summary>
    public bool IsNewDataSource => Before is null || Annotation(Before, ConsumerAnnotations.DataSource) != DataSource;

    /// <summary>The schema of the database that the object has run on; null: none is known.</summary>
    public string? FormerSchema =>
        Annotation(Before ?? Draft.Root, ConsumerAnnotations.Schema) is var schema && ConsumerAnnotations.IsSchemaOf(schema, Namespace, Name) ? schema : null;

    /// <summary>The stored object's uid; null on a create.</summary>
    public string? Uid => JsonDraft.Text(Before, "metadata", "uid");

    /// <summary>Reads a request; null when it concerns no consumer, or one that goes.</summary>
    /// <exception cref="JsonException">The bytes are no JSON object.</exception>
    public static ConsumerReview? Read(AdmissionRequest request, Func<string?, ConsumerShape?> shapeOf)
    {
        var before = request.Operation == AdmissionOperation.Update ? Parse(request.OldObject) : null;
        var after = Parse(request.Object);
        if (JsonDraft.Find(after, "metadata", "deletionTimestamp") is not null
            || (Annotation(after, ConsumerAnnotations.DataSource).Length == 0 && (before is null || Annotation(before, ConsumerAnnotations.DataSource).Length == 0)))
        {
            return null;
        }

        return new ConsumerReview(request, after, before, shapeOf(Annotation(after, ConsumerAnnotations.Profile)));
    }

    /// <summary>What is wrong with the request by itself.</summary>
    public List<FieldViolation> FindViolations()
    {
        var violations = new List<FieldViolation>();
        var field = ConsumerAnnotations.FieldOf(ConsumerAnnotations.DataSource);
        if (Before is not null && Annotation(Before, ConsumerAnnotations.DataSource).Length == 0)
        {
            return [FieldViolation.Forbidden(field, ConsumerRules.Added)];
        }

        if (DataSource.Length == 0)
        {
            return [FieldViolation.Forbidden(field, ConsumerRules.Removed)];
        }

        violations.AddRange(ConsumerRules.CheckDataSource(DataSource));
        violations.AddRange(ConsumerRules.CheckProfile(
            Annotation(Draft.Root, ConsumerAnnotations.Profile), Before is null ? null : Annotation(Before, ConsumerAnnotations.Profile)));
        if (Name.Length == 0)
        {
            violations.Add(FieldViolation.Forbidden("metadata.name", ConsumerTexts.NameNeeded));
        }

        violations.AddRange(Shape?.FindViolations(Draft.Root) ?? []);
        return violations;
    }

    /// <summary>Warnings about annotations that look like misspelt ones of ours.</summary>
    public IReadOnlyList<string> MisspeltAnnotations() =>
        JsonDraft.Find(Draft.Root, "metadata", "annotations") is JsonObject annotations ? AnnotationSpelling.FindInConsumer(annotations.Select(annotation => annotation.Key)) : [];

    /// <summary>Brings back what only the controller takes away, and drops what was copied from another object.</summary>
    public void KeepSchema()
    {
        if (Annotation(Draft.Root, ConsumerAnnotations.Schema).Length > 0)
        {
            if (!ConsumerAnnotations.IsSchemaOf(Annotation(Draft.Root, ConsumerAnnotations.Schema), Namespace, Name))
            {
                Draft.Remove("metadata", "annotations", ConsumerAnnotations.Schema);
            }
        }
        else if (Before is not null && FormerSchema is { } schema)
        {
            Draft.Set(schema, "metadata", "annotations", ConsumerAnnotations.Schema);
        }
    }

    private static string Annotation(JsonObject root, string name) => JsonDraft.Text(root, "metadata", "annotations", name) ?? "";

    private static JsonObject Parse(ReadOnlyMemory<byte> json) =>
        JsonNode.Parse(json.Span, nodeOptions: null, Options) as JsonObject ?? throw new JsonException("The object is none.");
}
