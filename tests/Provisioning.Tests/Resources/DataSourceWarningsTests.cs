using Provisioning.Kubernetes;
using Provisioning.Resources;

namespace Provisioning.Tests.Resources;

public sealed class DataSourceWarningsTests
{
    private static readonly DataSource Complete = new()
    {
        Metadata = new ObjectMeta { Namespace = "kcm-system", Name = "pg" },
        Spec = new DataSourceSpec
        {
            Type = "postgresql",
            Endpoints = ["db.example.com:5432", "10.0.0.1:5432", "[2001:db8::1]:5432"],
            Auth = new DataSourceAuth
            {
                Username = new SecretKeyReference { Namespace = "kcm-system", Name = "auth", Key = "username" },
                Password = new SecretKeyReference { Namespace = "kcm-system", Name = "auth", Key = "password" },
            },
            CertificateAuthority = new SecretKeyReference { Name = "ca", Key = "ca.crt" },
        },
    };

    [Fact]
    public void Has_nothing_to_say_about_a_complete_DataSource()
    {
        Assert.Empty(DataSourceWarnings.Find(Complete, mayBeCopied: true));
        Assert.Empty(DataSourceWarnings.Find(new DataSource(), mayBeCopied: true));
    }

    [Fact]
    public void Warns_in_the_order_of_the_fields_within_the_120_characters_of_a_warning()
    {
        var dataSource = Complete with
        {
            Spec = Complete.Spec! with
            {
                Endpoints = ["db.example.com:5432", "db:5432", "pg.team.svc:5432", "pg.team.svc.cluster.local:5432", "not an endpoint"],
                Auth = new DataSourceAuth
                {
                    Username = new SecretKeyReference { Name = "a", Key = "username" },
                    Password = new SecretKeyReference { Name = "b", Key = "password" },
                },
                CertificateAuthority = null,
            },
        };

        var warnings = DataSourceWarnings.Find(dataSource, mayBeCopied: true);

        Assert.Equal(
            [
                "spec.endpoints[1]: a single-label host; clusters in other networks may not resolve it",
                "spec.endpoints[2]: a cluster-local host; other clusters cannot resolve it",
                "spec.endpoints[3]: a cluster-local host; other clusters cannot resolve it",
                "spec.auth.username.namespace: empty; a copy made by AccessManagement would look in its own namespace",
                "spec.auth.password.namespace: empty; a copy made by AccessManagement would look in its own namespace",
                "spec.auth: username and password come from different Secrets; they may be rotated apart",
                "spec.certificateAuthority: none given; the system's trusted CAs must have issued the server's certificate",
            ],
            warnings);
        Assert.All(warnings, warning => Assert.InRange(warning.Length, 1, 120));
    }

    [Fact]
    public void Empty_namespaces_are_fine_where_nobody_copies()
    {
        var auth = Complete.Spec!.Auth!;
        var dataSource = Complete with { Spec = Complete.Spec with { Auth = auth with { Username = auth.Username! with { Namespace = null } } } };

        Assert.Empty(DataSourceWarnings.Find(dataSource, mayBeCopied: false));
        Assert.Single(DataSourceWarnings.Find(dataSource, mayBeCopied: true));
    }
}
