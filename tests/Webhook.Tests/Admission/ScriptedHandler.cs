using Webhook.Admission;

namespace Webhook.Tests.Admission;

/// <summary>Decides as the test says.</summary>
internal class ScriptedHandler(string group, string resource, Func<AdmissionRequest, CancellationToken, ValueTask<AdmissionDecision>> decide) : IValidatingHandler
{
    public ScriptedHandler(string resource, Func<AdmissionRequest, AdmissionDecision> decide)
        : this("k0rdent.mirantis.com", resource, (request, _) => ValueTask.FromResult(decide(request)))
    {
    }

    public string Group => group;

    public string Resource => resource;

    public ValueTask<AdmissionDecision> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken) => decide(request, cancellationToken);
}

/// <summary>The same behind <c>/mutate</c>.</summary>
internal sealed class ScriptedMutation(string group, string resource, Func<AdmissionRequest, CancellationToken, ValueTask<AdmissionDecision>> decide)
    : ScriptedHandler(group, resource, decide), IMutatingHandler;
