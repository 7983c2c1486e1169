using System.Text.Json;

namespace Webhook.Admission;

/// <summary>Decides about the requests of one resource. Safe for concurrent use.</summary>
public interface IAdmissionHandler
{
    /// <summary>The API group, such as <c>k0rdent.mirantis.com</c>.</summary>
    string Group { get; }

    /// <summary>The plural name, such as <c>datasources</c>.</summary>
    string Resource { get; }

    /// <summary>
    /// Reads an object of this resource along with the review around it, so that its bytes are gone over once. Null, whatever the reader
    /// has done then, leaves it to <see cref="DecideAsync"/>; that is the default.
    /// </summary>
    /// <param name="reader">Stands on the first brace of the object, and afterwards on its last one.</param>
    object? ReadObject(ref Utf8JsonReader reader) => null;

    /// <summary>Decides. The token ends with the API server's own timeout; an exception becomes a generic failure, never an allow.</summary>
    ValueTask<AdmissionDecision> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken);
}

/// <summary>A handler behind <c>POST /validate</c>.</summary>
public interface IValidatingHandler : IAdmissionHandler;

/// <summary>A handler behind <c>POST /mutate</c>.</summary>
public interface IMutatingHandler : IAdmissionHandler;
