namespace Webhook.Admission;

/// <summary>The body is not a review that can be decided about: the answer is HTTP 400. The message never quotes the body.</summary>
internal sealed class MalformedReviewException(string message) : Exception(message);
