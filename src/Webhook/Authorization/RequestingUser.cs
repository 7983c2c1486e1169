namespace Webhook.Authorization;

/// <summary>Who asked the API server, as its authenticator described them; passed on unchanged.</summary>
/// <param name="Username">The user's name.</param>
/// <param name="Uid">Empty when the authenticator knows none.</param>
/// <param name="Groups">The user's groups.</param>
/// <param name="Extra">What else the authenticator knows.</param>
internal sealed record RequestingUser(
    string Username, string Uid, IReadOnlyList<string> Groups, IReadOnlyDictionary<string, IReadOnlyList<string>> Extra);
