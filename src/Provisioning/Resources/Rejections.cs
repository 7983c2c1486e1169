namespace Provisioning.Resources;

/// <summary>
/// The details of every violation that the rules of this folder can find; <c>docs/rejections.md</c> explains each under a heading of the
/// same text, and a test keeps the two together. <c>{0}</c> and <c>{1}</c> are filled in.
/// </summary>
public static class Rejections
{
    internal const string EndpointForm = "must be host:port, such as db.example.com:5432";
    internal const string EndpointIsUrl = "must be host:port, without scheme, credentials or path";
    internal const string EndpointWhitespace = "must not contain whitespace or control characters";
    internal const string EndpointList = "must be a single host:port; give further hosts as items of their own";
    internal const string EndpointUnbracketed = "an IPv6 address must be in brackets, such as [2001:db8::1]:5432";
    internal const string EndpointIPv6 = "the host in brackets must be an IPv6 address without a zone";
    internal const string EndpointIPv4 =
        "a host that ends in a number must be an IPv4 address: four decimal numbers from 0 to 255 without leading zeros";
    internal const string EndpointHost =
        "the host must be a DNS name: at most 253 letters, digits, '-' and '.', each label with at most 63 of them and a letter or digit at both ends";
    internal const string PortForm = "port must be plain decimal digits without sign or leading zeros";
    internal const string PortRange = "port must be between 1 and 65535, inclusive";

    internal const string Loopback = "may not be in the loopback range (127.0.0.0/8, ::1/128) or a localhost name";
    internal const string Unspecified = "may not be unspecified (0.0.0.0/8, ::)";
    internal const string Multicast = "may not be in the multicast range (224.0.0.0/4, ff00::/8) or the broadcast address";
    internal const string LinkLocal = "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
    internal const string ApiServer = "may not be the Kubernetes API server";
    internal const string NotAllowedByOperator = "is not among the networks and host names that the operator of this cluster allows";

    internal const string Subdomain =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
        + @"(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    internal const string Label =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character "
        + "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    internal const string DataKey =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
        + "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    internal const string DataKeyDots = "must not be '.' or start with '..'";
    internal const string TooManyCharacters = "must be no more than {0} characters";

    internal const string SchemaCharacters = "must consist of lower case letters, digits, '_', '-' and '.'";
    internal const string SchemaReserved = "is a name that PostgreSQL reserves";
    internal const string SchemaPrefix = "must begin with {0}, the namespace and the name of the cluster";
    internal const string Immutable = "field is immutable";
    internal const string SpecImmutable = "the spec cannot be changed; create another DataSource instead";
    internal const string DataSourceAdded = "cannot be added to an existing cluster: its state is in etcd";
    internal const string DataSourceRemoved = "cannot be removed from an existing cluster: its state is in that database";

    internal const string MustBeObject = "must be an object";
    internal const string MustBeList = "must be a list";
    internal const string DsnInObject = "must be empty: the connection string holds a password and comes out of a Secret";
    internal const string TargetPathWins = "would replace {0}, which is set from the DataSource: Flux lets a targetPath win over spec.values";
    internal const string ConsumerAdded = "cannot be added to an existing object: its control plane has its state elsewhere; create a new one with this annotation";
    internal const string ConsumerRemoved = "cannot be removed: the control plane has its state in that database; delete the object, or name another DataSource";

    internal const string MustBeAtMostItems = "must have at most {0} items";
    internal const string MustBeAtMostBytes = "may not be more than {0} bytes";
    internal const string SupportedValues = "supported values: {0}";
}
