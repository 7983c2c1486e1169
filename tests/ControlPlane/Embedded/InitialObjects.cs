using System.Text.Json.Nodes;
using ControlPlane.Client;

namespace ControlPlane.Embedded;

/// <summary>The system namespaces and the roles that every user has.</summary>
internal static class InitialObjects
{
    private const string Rbac = "rbac.authorization.k8s.io/v1";

    /// <summary>Fresh copies of the objects.</summary>
    public static IEnumerable<JsonObject> Read()
    {
        foreach (var name in (string[])["default", "kube-node-lease", "kube-public", "kube-system"])
        {
            yield return Manifest.Read($$"""
                apiVersion: v1
                kind: Namespace
                metadata: {name: {{name}}, labels: {kubernetes.io/metadata.name: {{name}} } }
                spec: {finalizers: [kubernetes]}
                status: {phase: Active}
                """)[0];
        }

        foreach (var o in Manifest.Read(Roles))
        {
            o["apiVersion"] = Rbac;
            yield return o;
        }

        foreach (var (role, group) in ((string, string)[])
            [("cluster-admin", "masters"), ("system:basic-user", "authenticated"), ("system:discovery", "authenticated"),
                ("system:public-info-viewer", "authenticated"), ("system:public-info-viewer", "unauthenticated")])
        {
            var name = group == "unauthenticated" ? role + "-unauthenticated" : role;
            yield return Manifest.Read($$"""
                apiVersion: {{Rbac}}
                kind: ClusterRoleBinding
                metadata: {name: "{{name}}"}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "{{role}}"}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:{{group}}"}]
                """)[0];
        }
    }

    private const string Roles = """
        kind: ClusterRole
        metadata: {name: cluster-admin}
        rules:
        - {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
        - {nonResourceURLs: ["*"], verbs: ["*"]}
        ---
        kind: ClusterRole
        metadata: {name: admin}
        rules:
        - {apiGroups: ["", apps, batch, policy, networking.k8s.io, coordination.k8s.io, rbac.authorization.k8s.io], resources: ["*"], verbs: ["*"]}
        ---
        kind: ClusterRole
        metadata: {name: edit}
        rules:
        - apiGroups: ["", apps, batch, policy, networking.k8s.io, coordination.k8s.io]
          resources: [configmaps, secrets, serviceaccounts, services, pods, endpoints, deployments, statefulsets, daemonsets, replicasets, jobs, leases]
          verbs: [create, delete, deletecollection, get, list, patch, update, watch]
        ---
        kind: ClusterRole
        metadata: {name: view}
        rules:
        - apiGroups: ["", apps, batch, policy, networking.k8s.io]
          resources: [configmaps, serviceaccounts, services, pods, endpoints, events, namespaces, deployments, statefulsets, daemonsets, replicasets, jobs]
          verbs: [get, list, watch]
        ---
        kind: ClusterRole
        metadata: {name: "system:auth-delegator"}
        rules:
        - {apiGroups: [authentication.k8s.io], resources: [tokenreviews], verbs: [create]}
        - {apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create]}
        ---
        kind: ClusterRole
        metadata: {name: "system:basic-user"}
        rules:
        - {apiGroups: [authorization.k8s.io], resources: [selfsubjectaccessreviews, selfsubjectrulesreviews], verbs: [create]}
        - {apiGroups: [authentication.k8s.io], resources: [selfsubjectreviews], verbs: [create]}
        ---
        kind: ClusterRole
        metadata: {name: "system:discovery"}
        rules:
        - {nonResourceURLs: [/api, /api/*, /apis, /apis/*, /healthz, /livez, /openapi, /openapi/*, /readyz, /version, /version/], verbs: [get]}
        ---
        kind: ClusterRole
        metadata: {name: "system:public-info-viewer"}
        rules:
        - {nonResourceURLs: [/healthz, /livez, /readyz, /version, /version/], verbs: [get]}
        """;
}
