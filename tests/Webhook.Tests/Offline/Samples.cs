namespace Webhook.Tests.Offline;

/// <summary>Manifests for the tests.</summary>
internal static class Samples
{
    /// <summary>Clean, without a warning; the endpoint is on line 9, the type on line 7.</summary>
    public static string DataSource(string endpoint = "db.example.com:5432", string name = "db", string type = "postgresql") => $$"""
        # a comment
        apiVersion: k0rdent.mirantis.com/v1beta1
        kind: DataSource
        metadata: {name: {{name}}, namespace: team}
        spec:

          type: {{type}}
          endpoints:
            - {{endpoint}}
          auth:
            username: {namespace: team, name: admin, key: username}
            password: {namespace: team, name: admin, key: password}
          certificateAuthority: {namespace: team, name: ca, key: ca.crt}
        """ + "\n";

    /// <summary>The schema is on line 4.</summary>
    public static string ClusterDataSource(string name, string schema, string dataSource = "db") => $$"""
        apiVersion: k0rdent.mirantis.com/v1beta1
        kind: ClusterDataSource
        metadata: {name: {{name}}, namespace: team}
        spec: {dataSource: {{dataSource}}, schema: {{schema}}}
        """ + "\n";
}
