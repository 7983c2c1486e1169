using System.Text.Json.Nodes;
using Bench.Load;

namespace Bench.Admission;

/// <summary>The reviews that are sent: recordings of a kube-apiserver, some of them changed in what the name says.</summary>
internal static class BenchReviews
{
    /// <summary>The creation of a DataSource that names two Secrets: 2.5 KB.</summary>
    public static RecordedReview DataSource(AdmissionSettings settings) => RecordedReview.Create("/validate", Parse(settings, "datasource-create.json"));

    /// <summary>The same, with Secrets that no other review names: nothing that is asked about them was asked before.</summary>
    public static RecordedReview DataSourceWithOwnSecrets(AdmissionSettings settings)
    {
        var review = Parse(settings, "datasource-create.json");
        var spec = review["request"]!["object"]!["spec"]!;
        spec["auth"]!["username"]!["name"] = $"auth-{RecordedReview.Serial}";
        spec["auth"]!["password"]!["name"] = $"auth-{RecordedReview.Serial}";
        spec["certificateAuthority"]!["name"] = $"ca-{RecordedReview.Serial}";
        return RecordedReview.Create("/validate", review);
    }

    /// <summary>The creation of a HelmRelease that belongs to nobody: 248 KB.</summary>
    public static RecordedReview HelmRelease(AdmissionSettings settings) => RecordedReview.Create("/mutate", Parse(settings, "helmrelease-create-288kb.json"));

    /// <summary>The same, belonging to the ClusterDeployment that the stub of the API server knows.</summary>
    public static RecordedReview HelmReleaseOfCluster(AdmissionSettings settings)
    {
        var review = Parse(settings, "helmrelease-create-288kb.json");
        review["request"]!["object"]!["metadata"]!["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "k0rdent.mirantis.com/v1beta1",
            ["kind"] = "ClusterDeployment",
            ["name"] = "big",
            ["uid"] = "6f2b6a5e-0000-4000-8000-000000000001",
        });
        return RecordedReview.Create("/mutate", review);
    }

    private static JsonNode Parse(AdmissionSettings settings, string file) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(settings.Fixtures, file)))!;
}
