namespace Provisioning.Resources;

/// <summary>The rules of <c>spec.endpoints</c>: how many, each by the grammar and the policy, none twice.</summary>
internal sealed class EndpointRules(EndpointPolicy policy)
{
    public IEnumerable<FieldViolation> FindViolations(string path, IReadOnlyList<string?>? endpoints)
    {
        if (endpoints is null or [])
        {
            return [FieldViolation.Required(path)];
        }

        // The list of an attacker may have a million items: the message stays bounded, and the count says the rest.
        var seen = new HashSet<Endpoint>();
        var violations = endpoints.Take(DataSourceValidator.MaxEndpoints)
            .SelectMany((text, index) => FindViolations($"{path}[{index}]", text, seen)).ToList();
        return endpoints.Count > DataSourceValidator.MaxEndpoints
            ? violations.Prepend(FieldViolation.TooMany(path, endpoints.Count, DataSourceValidator.MaxEndpoints))
            : violations;
    }

    private IEnumerable<FieldViolation> FindViolations(string path, string? text, HashSet<Endpoint> seen)
    {
        if (string.IsNullOrEmpty(text))
        {
            yield return FieldViolation.Required(path);
            yield break;
        }

        if (!Endpoint.TryParse(text, out var endpoint, out var problem))
        {
            yield return FieldViolation.Invalid(path, text, problem);
            yield break;
        }

        if (policy.FindProblem(endpoint) is { } forbidden)
        {
            yield return FieldViolation.Invalid(path, text, forbidden);
        }

        if (!seen.Add(endpoint))
        {
            yield return FieldViolation.Duplicate(path, text);
        }
    }
}
