using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Http;
using ControlPlane.Storage;

namespace ControlPlane.Authorization;

/// <summary>Signs and checks the tokens of ServiceAccounts (JSON Web Tokens, ES256).</summary>
internal sealed class ServiceAccountTokens(Store store, TimeProvider timeProvider) : IDisposable
{
    private const string Issuer = "https://kubernetes.default.svc.cluster.local";
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Makes a token for a stored ServiceAccount.</summary>
    public (string Token, DateTimeOffset Expires) Issue(JsonObject serviceAccount, IReadOnlyList<string> audiences, TimeSpan lifetime)
    {
        var metadata = serviceAccount["metadata"]!;
        var now = timeProvider.GetUtcNow();
        var expires = now + lifetime;
        var claims = new JsonObject
        {
            ["aud"] = new JsonArray([.. (audiences.Count > 0 ? audiences : [Issuer]).Select(a => (JsonNode?)JsonValue.Create(a))]),
            ["exp"] = expires.ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["iss"] = Issuer,
            ["jti"] = Guid.NewGuid().ToString(),
            ["kubernetes.io"] = new JsonObject
            {
                ["namespace"] = metadata["namespace"].Text(),
                ["serviceaccount"] = new JsonObject { ["name"] = metadata["name"].Text(), ["uid"] = metadata["uid"].Text() },
            },
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["sub"] = $"system:serviceaccount:{metadata["namespace"].Text()}:{metadata["name"].Text()}",
        };
        var head = Encode(Encoding.ASCII.GetBytes("""{"alg":"ES256","typ":"JWT"}""")) + "." + Encode(Json.ToUtf8(claims));
        return (head + "." + Encode(_key.SignData(Encoding.ASCII.GetBytes(head), HashAlgorithmName.SHA256)), expires);
    }

    /// <summary>The user of a token; null when it is not ours, is over, or its ServiceAccount is gone.</summary>
    public UserInfo? Find(string token)
    {
        if (token.Split('.') is not [var header, var body, var signature])
        {
            return null;
        }

        try
        {
            if (!_key.VerifyData(Encoding.ASCII.GetBytes($"{header}.{body}"), Decode(signature), HashAlgorithmName.SHA256))
            {
                return null;
            }
        }
        catch (FormatException)
        {
            return null;
        }

        var claims = Json.Parse(Decode(body))!;
        var ns = claims["kubernetes.io"]!["namespace"].Text()!;
        var account = claims["kubernetes.io"]!["serviceaccount"]!;
        var stored = store.Get(new ObjectKey("/serviceaccounts", ns, account["name"].Text()!));
        if (claims["exp"].Number() <= timeProvider.GetUtcNow().ToUnixTimeSeconds()
            || stored?.Value["metadata"]!["uid"].Text() != account["uid"].Text())
        {
            return null;
        }

        return new UserInfo
        {
            Name = claims["sub"].Text()!,
            Uid = account["uid"].Text()!,
            Groups = ["system:serviceaccounts", $"system:serviceaccounts:{ns}", "system:authenticated"],
            Extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
            {
                ["authentication.kubernetes.io/credential-id"] = [$"JTI={claims["jti"].Text()}"],
            },
        };
    }

    public void Dispose() => _key.Dispose();

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
