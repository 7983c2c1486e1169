using ControlPlane.Http;

namespace ControlPlane.Schema;

/// <summary><c>meta/v1 ObjectMeta</c> as a schema.</summary>
internal static class MetadataSchema
{
    public static readonly ObjectSchema Instance = new(Json.Parse("""
        {
          "type": "object",
          "properties": {
            "name": {"type": "string"},
            "generateName": {"type": "string"},
            "namespace": {"type": "string"},
            "selfLink": {"type": "string"},
            "uid": {"type": "string"},
            "resourceVersion": {"type": "string"},
            "generation": {"type": "integer", "format": "int64"},
            "creationTimestamp": {"type": "string", "format": "date-time", "nullable": true},
            "deletionTimestamp": {"type": "string", "format": "date-time", "nullable": true},
            "deletionGracePeriodSeconds": {"type": "integer", "format": "int64"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
            "ownerReferences": {
              "type": "array",
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": ["uid"],
              "items": {
                "type": "object",
                "x-kubernetes-map-type": "atomic",
                "properties": {
                  "apiVersion": {"type": "string"},
                  "kind": {"type": "string"},
                  "name": {"type": "string"},
                  "uid": {"type": "string"},
                  "controller": {"type": "boolean"},
                  "blockOwnerDeletion": {"type": "boolean"}
                }
              }
            },
            "finalizers": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "managedFields": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "manager": {"type": "string"},
                  "operation": {"type": "string"},
                  "apiVersion": {"type": "string"},
                  "time": {"type": "string"},
                  "fieldsType": {"type": "string"},
                  "fieldsV1": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                  "subresource": {"type": "string"}
                }
              }
            }
          }
        }
        """u8)!.AsObject());
}
