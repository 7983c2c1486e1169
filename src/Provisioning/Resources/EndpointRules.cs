namespace Provisioning.Resources;

/// <summary>The rules of <c>spec.endpoints</c>: how many, each by the grammar and the policy, none twice.</summary>
internal sealed class EndpointRules(EndpointPolicy policy)
{
    public void Check(string path, IReadOnlyList<string?>? endpoints, List<FieldViolation> violations)
    {
        if (endpoints is null or [])
        {
            violations.Add(FieldViolation.Required(path));
            return;
        }

        // The list of an attacker may have a million items: the message stays bounded, and the count says the rest.
        if (endpoints.Count > DataSourceValidator.MaxEndpoints)
        {
            violations.Add(FieldViolation.TooMany(path, endpoints.Count, DataSourceValidator.MaxEndpoints));
        }

        var seen = new List<Endpoint>();
        for (var index = 0; index < endpoints.Count && index < DataSourceValidator.MaxEndpoints; index++)
        {
            Check($"{path}[{index}]", endpoints[index], seen, violations);
        }
    }

    private void Check(string path, string? text, List<Endpoint> seen, List<FieldViolation> violations)
    {
        if (string.IsNullOrEmpty(text))
        {
            violations.Add(FieldViolation.Required(path));
            return;
        }

        if (!Endpoint.TryParse(text, out var endpoint, out var problem))
        {
            violations.Add(FieldViolation.Invalid(path, text, problem));
            return;
        }

        if (policy.FindProblem(endpoint) is { } forbidden)
        {
            violations.Add(FieldViolation.Invalid(path, text, forbidden));
        }

        if (seen.Contains(endpoint))
        {
            violations.Add(FieldViolation.Duplicate(path, text));
        }

        seen.Add(endpoint);
    }
}
