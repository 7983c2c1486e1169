namespace Webhook.Injection;

/// <summary>
/// What a person can be told about an object with <c>k0rdent.mirantis.com/data-source</c>; <c>docs/rejections.md</c> explains each under a
/// heading of the same text, and a test keeps the two together. <c>{0}</c> and <c>{1}</c> are filled in.
/// </summary>
internal static class ConsumerTexts
{
    internal const string NameNeeded = "the object needs a name of its own and no generateName: its ClusterDataSource is named like it";
    internal const string DataSourceMissing = "DataSource {0} does not exist, and whether the control plane needs a CA is unknown without it; create it first";
    internal const string Taken = "ClusterDataSource {0} belongs to another object; choose another name";
    internal const string Leaving = "ClusterDataSource {0} of a former object is still being deleted; try again";
    internal const string AnotherServer = "ClusterDataSource {0} belongs to nobody and names another DataSource; change its spec.dataSource first";
    internal const string ClusterDataSourceGone = "ClusterDataSource {0} is gone";
    internal const string NotPublished = "ClusterDataSource {0} has not published its Secret";
    internal const string Unknown = "The Kubernetes API did not say which database this object has.";

    /// <summary>Warnings: the request is allowed.</summary>
    internal const string NotInjected = "{0}: not set, because the object was created while no webhook answered; create it again";
    internal const string SeveralEndpoints = "spec.valuesFrom: a Flux without its field literal takes only the first endpoint of the DataSource";
}
