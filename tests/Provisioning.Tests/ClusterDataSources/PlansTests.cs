using System.Text;
using Provisioning.ClusterDataSources;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>The pure parts, as tables.</summary>
public sealed class PlansTests
{
    private static readonly ClusterDataSource Owner = new()
    {
        Metadata = new ObjectMeta { Namespace = "tenant", Name = "berlin", Uid = "uid-1", ResourceVersion = "7", Generation = 3 },
    };

    private static readonly WantedSecret Wanted = new()
    {
        Name = "berlin-kine",
        Data = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["key"] = [1, 2] },
    };

    [Fact]
    public void Content_hashes_tell_keys_values_and_their_borders_apart()
    {
        string[] hashes =
        [
            Hash(("a", "bc")),
            Hash(("ab", "c")),
            Hash(("a", "b"), ("c", "")),
            Hash(("a", "b"), ("c", "d")),
            Hash(("a", "")),
            Hash(),
        ];

        Assert.Equal(hashes.Length, hashes.Distinct(StringComparer.Ordinal).Count());
        Assert.All(hashes, hash => Assert.Matches("^[0-9a-f]{10}$", hash));
        Assert.True(Hash(("x", "1"), ("y", "2")) == Hash(("y", "2"), ("x", "1")));
    }

    [Fact]
    public void A_history_names_the_first_content_by_the_well_known_name_and_forgets_all_but_the_last_two()
    {
        var history = ContentHistory.StartingWith("aa").Publish("bb").Publish("cc").Publish("bb").Publish("bb").Publish("dd");

        Assert.Equal("n", history.NameOf("n", "aa"));
        Assert.Equal("n-dd", history.NameOf("n", "dd"));
        Assert.Equal("n-cc", Assert.Single(history.Superseded("n")));
        Assert.Equal("bb dd", string.Join(' ', history.Trim("n").Recent));
        Assert.Empty(history.Trim("n").Superseded("n"));
    }

    [Theory]
    [InlineData("""{"kine":{"first":"aa","recent":["aa","bb"]},"ca":{"first":"cc","recent":["cc"]}}""")]
    [InlineData("""{"kine":{"first":"aa","recent":["aa"]}}""")]
    public void What_was_published_survives_the_annotation(string annotation) =>
        Assert.Equal(annotation, PublishedSecrets.Parse(annotation)!.ToAnnotation());

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"kine":7}""")]
    [InlineData("""{"kine":{"first":"../x","recent":[]}}""")]
    [InlineData("""{"kine":{"first":"aa","recent":"aa"}}""")]
    public void A_broken_annotation_still_says_that_there_was_a_database_and_leads_to_new_names(string annotation)
    {
        var published = PublishedSecrets.Publish(PublishedSecrets.Parse(annotation), "bb", null);

        Assert.Equal("n-bb", published.Kine.NameOf("n", "bb"));
        Assert.Null(PublishedSecrets.Parse(null));
    }

    [Fact]
    public void A_Secret_that_differs_in_nothing_is_not_written()
    {
        var secret = ((SecretChange.Create)SecretPlan.Decide(null, Wanted, Owner)).Secret;

        Assert.IsType<SecretChange.None>(SecretPlan.Decide(secret, Wanted, Owner));
    }

    [Fact]
    public void A_Secret_is_patched_only_where_it_differs_and_only_in_the_version_that_was_read()
    {
        var secret = ((SecretChange.Create)SecretPlan.Decide(null, Wanted, Owner)).Secret;
        secret = secret with
        {
            Metadata = secret.Metadata with
            {
                ResourceVersion = "41",
                Labels = new Dictionary<string, string>(secret.Metadata.Labels!, StringComparer.Ordinal) { ["theirs"] = "kept" },
            },
            Data = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["key"] = [9], ["added"] = [1] },
        };

        var change = Assert.IsType<SecretChange.Merge>(SecretPlan.Decide(secret, Wanted, Owner));

        Assert.Equal("""{"metadata":{"resourceVersion":"41"},"data":{"key":"AQI=","added":null}}""", change.Patch.ToJsonString());
        Assert.DoesNotContain("AQI=", $"{change}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("uid-1", "ClusterDataSource", "berlin", null, null, true)]
    [InlineData("uid-0", "ClusterDataSource", "berlin", null, null, false)]
    [InlineData("uid-0", "ClusterDataSource", "berlin", "berlin", "kcm", true)]
    [InlineData(null, null, null, "berlin", "kcm", true)]
    [InlineData(null, null, null, "berlin", null, false)]
    [InlineData(null, null, null, "paris", "kcm", false)]
    [InlineData("uid-9", "Certificate", "berlin", "berlin", "kcm", false)]
    [InlineData("uid-2", "ClusterDataSource", "paris", "berlin", "kcm", false)]
    [InlineData(null, null, null, null, null, false)]
    public void A_Secret_is_ours_by_its_owner_or_after_a_restore_by_its_annotation(
        string? ownerUid, string? ownerKind, string? ownerName, string? annotation, string? component, bool isOurs)
    {
        var secret = new Secret
        {
            Metadata = new ObjectMeta
            {
                Name = "berlin-kine",
                OwnerReferences = ownerUid is null
                    ? null
                    : [new OwnerReference { ApiVersion = "k0rdent.mirantis.com/v1beta1", Kind = ownerKind!, Name = ownerName!, Uid = ownerUid, Controller = true }],
                Annotations = annotation is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { [AnnotationNames.ClusterDataSource] = annotation },
                Labels = component is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["k0rdent.mirantis.com/component"] = component },
            },
        };

        Assert.Equal(isOurs, SecretPlan.IsOurs(secret, Owner.Metadata));
        var change = SecretPlan.Decide(secret, Wanted, Owner);
        Assert.Equal(isOurs, change is SecretChange.Merge);
        Assert.Equal(!isOurs, change is SecretChange.Conflict);
        if (change is SecretChange.Merge { Patch: var patch } && ownerUid != "uid-1")
        {
            Assert.Equal("uid-1", (string?)Assert.Single(patch["metadata"]!["ownerReferences"]!.AsArray())!["uid"]);
        }
    }

    [Theory]
    [InlineData("postgres://r:aaaaaaaaaaaaaaaaaaaaaaaa@h:1/d?sslmode=verify-full", true)]
    [InlineData("postgresql://r:aaaaaaaaaaaaaaaaaaaaaaaa@h:1,i:2/d", true)]
    [InlineData("postgres://r:aaaaaaaaaaaaaaaaaaaaaaaa@/d?host=::1,h&port=1,2", true)]
    [InlineData("postgres://r:aaaaaaaaaaaaaaaaaaaaaaa@h:1/d", false)]
    [InlineData("postgres://r:aaaaaaaaaaaaaaaaaaaaaaa%41@h:1/d", false)]
    [InlineData("postgres://r:aaaaaaaaaaaaaaaaaaaaaaaa@h:1/other", false)]
    [InlineData("postgres://r2:aaaaaaaaaaaaaaaaaaaaaaaa@h:1/d", true)]
    [InlineData("postgres://other:aaaaaaaaaaaaaaaaaaaaaaaa@h:1/d", false)]
    [InlineData("mysql://r:aaaaaaaaaaaaaaaaaaaaaaaa@h:1/d", false)]
    [InlineData("x postgres://r:aaaaaaaaaaaaaaaaaaaaaaaa@h:1/d", false)]
    public void Only_a_password_that_could_be_ours_for_this_role_and_database_is_kept(string dsn, bool isKept)
    {
        var secret = new Secret { Data = new Dictionary<string, byte[]>(StringComparer.Ordinal) { [SecretNames.DsnKey] = Encoding.UTF8.GetBytes(dsn) } };

        var login = KinePasswords.Find(secret, new KineNames(new PostgresIdentifier("d"), new PostgresIdentifier("r"), new PostgresIdentifier("r2"), new OwnerMark("m")));

        Assert.Equal(isKept ? new string('a', 24) : null, login?.Password.Reveal());
    }

    [Fact]
    public void Certificates_are_taken_out_of_what_surrounds_them_and_keys_stay_behind()
    {
        var value = $"# note\r\n{World.PrivateKey}{World.Certificate.ReplaceLineEndings("\r\n")}\n{World.Certificate}trailing";

        Assert.Equal(World.Certificate + World.Certificate, CertificateBlocks.Extract(Encoding.UTF8.GetBytes(value)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no pem")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\n")]
    public void What_holds_no_readable_certificate_is_no_authority(string value)
    {
        Assert.Null(CertificateBlocks.Extract(Encoding.UTF8.GetBytes(value)));
        Assert.Null(CertificateBlocks.Extract(Encoding.UTF8.GetBytes(World.PrivateKey)));
    }

    [Theory]
    [InlineData(true, 3, true, true)]
    [InlineData(true, 2, true, false)]
    [InlineData(false, 3, true, false)]
    [InlineData(true, 3, false, false)]
    public void Ready_outlives_only_a_passing_failure_of_the_spec_that_was_made_ready(bool wasReady, long observed, bool isTransient, bool staysReady)
    {
        var current = Owner with
        {
            Status = new ClusterDataSourceStatus { Ready = wasReady, ObservedGeneration = observed, KineDataSourceSecret = "berlin-kine", CaSecret = "ca" },
        };

        var next = StatusPlan.Next(current, new Outcome.Failed(new Problem("Timeout", "no\nanswer") { IsTransient = isTransient }));

        Assert.Equal(
            new ClusterDataSourceStatus { Ready = staysReady, Error = "Timeout: no answer", ObservedGeneration = 3, KineDataSourceSecret = "berlin-kine", CaSecret = "ca" },
            next);
    }

    [Fact]
    public void The_status_is_patched_once_with_every_field_and_the_version_it_is_about()
    {
        var next = StatusPlan.Next(Owner, new Outcome.Ready("berlin-kine", null, []));

        Assert.Equal(
            """{"metadata":{"resourceVersion":"7"},"status":{"ready":true,"error":null,"observedGeneration":3,"kineDataSourceSecret":"berlin-kine","caSecret":null}}""",
            StatusPlan.Patch(Owner, next)!.ToJsonString());
        Assert.Null(StatusPlan.Patch(Owner with { Status = next }, next));
    }

    private static string Hash(params (string Key, string Value)[] content) =>
        ContentHash.Of(content.ToDictionary(entry => entry.Key, entry => Encoding.UTF8.GetBytes(entry.Value), StringComparer.Ordinal));
}
