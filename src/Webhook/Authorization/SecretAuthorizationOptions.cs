namespace Webhook.Authorization;

/// <summary>How the right to read Secrets is demanded: the section <c>Authorization</c>.</summary>
internal sealed class SecretAuthorizationOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Authorization";

    /// <summary>What happens when the requesting user may not read a Secret that the object names. Default: <see cref="SecretAccess.Enforce"/>.</summary>
    public SecretAccess SecretAccess { get; init; } = SecretAccess.Enforce;

    /// <summary>
    /// How long the API server's answer that a user may read a Secret counts for further requests of the same user, from the moment the question
    /// was sent. A right that was taken away is allowed for so long. Zero: each request asks anew. Default: a second. At most a minute.
    /// </summary>
    public TimeSpan AllowedFor { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>What happens when the requesting user may not read a Secret that the object names.</summary>
internal enum SecretAccess
{
    /// <summary>The request is refused.</summary>
    Enforce,

    /// <summary>The request is allowed with a warning: to see what enforcing would refuse.</summary>
    Warn,

    /// <summary>Nothing is asked: every user who may create a DataSource can have any Secret used.</summary>
    Off,
}
