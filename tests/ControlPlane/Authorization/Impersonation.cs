using ControlPlane.Http;

namespace ControlPlane.Authorization;

/// <summary>The <c>Impersonate-*</c> headers, which kubectl's <c>--as</c> and <c>--as-group</c> send.</summary>
internal sealed class Impersonation(Authorizer authorizer)
{
    /// <summary>The user to act as: the requesting one when no header asks for another.</summary>
    /// <exception cref="ApiException">403: the requesting user may not act as that one.</exception>
    public UserInfo Apply(UserInfo user, IHeaderDictionary headers)
    {
        var name = headers["Impersonate-User"].ToString();
        if (name.Length == 0)
        {
            return user;
        }

        var groups = headers["Impersonate-Group"].Where(g => g is not null).Select(g => g!).ToList();
        Require(user, name.StartsWith("system:serviceaccount:", StringComparison.Ordinal) ? "serviceaccounts" : "users", name);
        groups.ForEach(group => Require(user, "groups", group));
        if (groups.Count == 0 && name.Split(':') is ["system", "serviceaccount", var ns, _])
        {
            groups = ["system:serviceaccounts", $"system:serviceaccounts:{ns}"];
        }

        if (!groups.Contains("system:unauthenticated", StringComparer.Ordinal) && name != "system:anonymous")
        {
            groups.Add("system:authenticated");
        }

        return new UserInfo { Name = name, Groups = [.. groups.Distinct(StringComparer.Ordinal)] };
    }

    private void Require(UserInfo user, string resource, string name)
    {
        var ns = "";
        if (resource == "serviceaccounts" && name.Split(':') is [_, _, var accountNamespace, var account])
        {
            (ns, name) = (accountNamespace, account);
        }

        var question = new AccessQuestion { User = user, Verb = "impersonate", Resource = resource, Namespace = ns, Name = name };
        if (!authorizer.Ask(question).IsAllowed)
        {
            throw ApiException.Forbidden("", resource, name, question.Refusal());
        }
    }
}
