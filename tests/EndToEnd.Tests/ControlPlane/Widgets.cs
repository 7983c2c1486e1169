namespace EndToEnd.ConformanceTests;

/// <summary>A kind with everything that conformance tests need: defaults, all validations, an immutable field, a status, columns.</summary>
internal static class Widgets
{
    public const string Path = "/apis/test.example.com/v1/namespaces/";

    public const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: widgets.test.example.com
        spec:
          group: test.example.com
          scope: Namespaced
          names: {kind: Widget, plural: widgets, singular: widget, shortNames: [wd], categories: [gadgets]}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            additionalPrinterColumns:
            - {name: Color, type: string, jsonPath: .spec.color}
            - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
            - {name: Size, type: integer, jsonPath: .spec.size, priority: 1}
            - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
            schema:
              openAPIV3Schema:
                type: object
                required: [spec]
                properties:
                  spec:
                    type: object
                    required: [color]
                    properties:
                      color: {type: string, enum: [red, green, blue]}
                      size: {type: integer, minimum: 1, maximum: 10, default: 3}
                      code: {type: string, minLength: 2, maxLength: 4, pattern: '^[a-z]+$'}
                      owner:
                        type: string
                        x-kubernetes-validations:
                        - {rule: self == oldSelf, message: the owner stays}
                      tags: {type: array, maxItems: 2, items: {type: string}}
                      ports:
                        type: array
                        x-kubernetes-list-type: map
                        x-kubernetes-list-map-keys: [name]
                        items:
                          type: object
                          required: [name]
                          properties: {name: {type: string}, port: {type: integer}}
                      reference:
                        type: object
                        x-kubernetes-map-type: atomic
                        properties: {name: {type: string}, key: {type: string}}
                      values: {x-kubernetes-preserve-unknown-fields: true}
                  status:
                    type: object
                    properties:
                      message: {type: string}
                      conditions:
                        type: array
                        items:
                          type: object
                          properties: {type: {type: string}, status: {type: string}}
        """;

    /// <summary>A widget as JSON.</summary>
    public static string Json(string name, string spec = """{"color":"red"}""", string metadata = "")
        => $$"""
            {"apiVersion":"test.example.com/v1","kind":"Widget","metadata":{"name":"{{name}}"{{(metadata.Length > 0 ? "," : "")}}{{metadata}}},"spec":{{spec}}}
            """;
}
