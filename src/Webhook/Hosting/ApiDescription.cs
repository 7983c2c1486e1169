using System.Net.Mime;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Webhook.Hosting;

/// <summary>
/// Describes the two admission endpoints in OpenAPI. Written by hand: the endpoints read raw bytes, so there are no types to derive it from.
/// </summary>
internal sealed class ApiDescription : IDocumentFilter
{
    private const string Review = "AdmissionReview";

    /// <inheritdoc/>
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        swaggerDoc.Info.Title = "DataSource admission webhook";
        swaggerDoc.Info.Description =
            "Called by the Kubernetes API server over TLS (admission.k8s.io/v1). Everything but a 200 means that nothing was decided; it is never an allow.";
        swaggerDoc.Paths.Clear();
        swaggerDoc.Components ??= new OpenApiComponents();
        swaggerDoc.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        swaggerDoc.Components.Schemas[Review] = ReviewSchema();
        swaggerDoc.Paths.Add("/validate", Describe(swaggerDoc, "Checks a DataSource, a ClusterDataSource or a ClusterDeployment."));
        swaggerDoc.Paths.Add("/mutate", Describe(swaggerDoc, "Injects the names of a cluster's Secrets into its HelmRelease."));
    }

    private static OpenApiPathItem Describe(OpenApiDocument document, string summary) => new()
    {
        Operations = new Dictionary<HttpMethod, OpenApiOperation>
        {
            [HttpMethod.Post] = new()
            {
                Summary = summary,
                Parameters =
                [
                    new OpenApiParameter
                    {
                        Name = "timeout",
                        In = ParameterLocation.Query,
                        Description = "How long the caller waits, as a Go duration. Default: 10s.",
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Examples = ["10s"] },
                    },
                ],
                RequestBody = new OpenApiRequestBody { Required = true, Content = Json(document) },
                Responses = new OpenApiResponses
                {
                    ["200"] = new OpenApiResponse { Description = "Decided: response.allowed says what.", Content = Json(document) },
                    ["400"] = new OpenApiResponse { Description = "The body is no admission.k8s.io/v1 AdmissionReview with a request, or the timeout is none." },
                    ["405"] = new OpenApiResponse { Description = "The method is not POST." },
                    ["413"] = new OpenApiResponse { Description = "The body is longer than 7 MiB." },
                    ["415"] = new OpenApiResponse { Description = "The content type is not application/json." },
                    ["500"] = new OpenApiResponse { Description = "The webhook failed; the text names the review's uid." },
                    ["503"] = new OpenApiResponse { Description = "Overloaded, out of time, or the Kubernetes API does not answer: try again after Retry-After." },
                },
            },
        },
    };

    private static Dictionary<string, IOpenApiMediaType> Json(OpenApiDocument document) => new(StringComparer.Ordinal)
    {
        [MediaTypeNames.Application.Json] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(Review, document) },
    };

    private static OpenApiSchema ReviewSchema() => Object(
        "admission.k8s.io/v1 AdmissionReview: a request on the way in, a response on the way out.",
        ("apiVersion", new OpenApiSchema { Type = JsonSchemaType.String, Examples = ["admission.k8s.io/v1"] }),
        ("kind", new OpenApiSchema { Type = JsonSchemaType.String, Examples = [Review] }),
        ("request", Object(
            "What the API server asks.",
            ("uid", Text("Echoed in the response.")),
            ("kind", Object("group, version and kind of the object.")),
            ("resource", Object("group, version and plural name.")),
            ("subResource", Text("Such as status.")),
            ("name", Text("The object's name.")),
            ("namespace", Text("The object's namespace.")),
            ("operation", Text("CREATE, UPDATE, DELETE or CONNECT.")),
            ("userInfo", Object("Who asks: username, uid, groups, extra.")),
            ("object", Object("The new object.")),
            ("oldObject", Object("The stored object.")),
            ("dryRun", new OpenApiSchema { Type = JsonSchemaType.Boolean }))),
        ("response", Object(
            "What the webhook decided.",
            ("uid", Text("The request's.")),
            ("allowed", new OpenApiSchema { Type = JsonSchemaType.Boolean }),
            ("status", Object("Why not: code, reason, message and details with a cause for each mistake.")),
            ("patchType", Text("JSONPatch.")),
            ("patch", Text("An RFC 6902 document in base64.")),
            ("warnings", new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } }),
            ("auditAnnotations", Object("For the API server's audit log.")))));

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };

    private static OpenApiSchema Object(string description, params (string Name, IOpenApiSchema Schema)[] properties) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Properties = properties.ToDictionary(property => property.Name, property => property.Schema, StringComparer.Ordinal),
    };
}
