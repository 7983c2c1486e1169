using System.Text.Json;

namespace Webhook.Admission;

/// <summary>Reads <c>request.userInfo</c> completely: a SubjectAccessReview must carry all of it.</summary>
internal static class UserInfoReader
{
    /// <summary>Reads the value of the current property; null becomes nobody.</summary>
    public static UserInfo Read(ref Utf8JsonReader reader)
    {
        if (!JsonFields.EnterObject(ref reader, "request.userInfo"))
        {
            return new UserInfo();
        }

        var username = "";
        var uid = "";
        IReadOnlyList<string> groups = [];
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("username"u8))
            {
                username = JsonFields.ReadString(ref reader, "request.userInfo.username");
            }
            else if (reader.ValueTextEquals("uid"u8))
            {
                uid = JsonFields.ReadString(ref reader, "request.userInfo.uid");
            }
            else if (reader.ValueTextEquals("groups"u8))
            {
                groups = JsonFields.ReadStrings(ref reader, "request.userInfo.groups");
            }
            else if (reader.ValueTextEquals("extra"u8))
            {
                ReadExtra(ref reader, extra);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return new UserInfo { Username = username, Uid = uid, Groups = groups, Extra = extra };
    }

    private static void ReadExtra(ref Utf8JsonReader reader, Dictionary<string, IReadOnlyList<string>> extra)
    {
        if (!JsonFields.EnterObject(ref reader, "request.userInfo.extra"))
        {
            return;
        }

        while (JsonFields.NextProperty(ref reader))
        {
            var key = reader.GetString()!;
            extra[key] = JsonFields.ReadStrings(ref reader, "request.userInfo.extra");
        }
    }
}
