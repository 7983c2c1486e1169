namespace Provisioning.Resources;

/// <summary>The rules of <see cref="ConsumerAnnotations"/>. Pure.</summary>
public static class ConsumerRules
{
    /// <summary>Why an object that was created without the annotation does not get it.</summary>
    public const string Added = Rejections.ConsumerAdded;

    /// <summary>Why the annotation stays.</summary>
    public const string Removed = Rejections.ConsumerRemoved;

    /// <summary>Whether it can be a DataSource's name.</summary>
    public static IEnumerable<FieldViolation> CheckDataSource(string name) => KubernetesNames.CheckSubdomain(name)
        .Select(detail => FieldViolation.Invalid(ConsumerAnnotations.FieldOf(ConsumerAnnotations.DataSource), name, detail));

    /// <summary>Whether it is a profile, and the one that the object began with: another would leave the names in the wrong place.</summary>
    /// <param name="profile">Empty means the default.</param>
    /// <param name="before">That of the stored object; null on a create.</param>
    public static IEnumerable<FieldViolation> CheckProfile(string profile, string? before)
    {
        var field = ConsumerAnnotations.FieldOf(ConsumerAnnotations.Profile);
        if (profile.Length > 0 && !ConsumerShape.Profiles.Contains(profile, StringComparer.Ordinal))
        {
            yield return FieldViolation.NotSupported(field, profile, ConsumerShape.Profiles);
        }
        else if (before is not null && OrDefault(before) != OrDefault(profile))
        {
            yield return FieldViolation.Invalid(field, profile, Rejections.Immutable);
        }
    }

    private static string OrDefault(string profile) => profile.Length == 0 ? ConsumerShape.K0rdentProfile : profile;
}
