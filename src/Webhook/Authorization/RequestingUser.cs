namespace Webhook.Authorization;

/// <summary>Who asked the API server, as its authenticator described them; passed on unchanged. Equal when everything is.</summary>
/// <param name="Username">The user's name.</param>
/// <param name="Uid">Empty when the authenticator knows none.</param>
/// <param name="Groups">The user's groups.</param>
/// <param name="Extra">What else the authenticator knows.</param>
internal sealed record RequestingUser(
    string Username, string Uid, IReadOnlyList<string> Groups, IReadOnlyDictionary<string, IReadOnlyList<string>> Extra)
{
    /// <inheritdoc/>
    public bool Equals(RequestingUser? other) =>
        other is not null
        && Username == other.Username
        && Uid == other.Uid
        && Groups.SequenceEqual(other.Groups, StringComparer.Ordinal)
        && Extra.Count == other.Extra.Count
        && Extra.All(item => other.Extra.TryGetValue(item.Key, out var values) && item.Value.SequenceEqual(values, StringComparer.Ordinal));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Username, Uid, Groups.Count, Extra.Count);
}
