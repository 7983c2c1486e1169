namespace Webhook.Admission;

/// <summary>What admission itself says instead of a handler. <c>docs/rejections.md</c> explains each; a test compares the two.</summary>
internal static class AdmissionTexts
{
    /// <summary>The path and the resource that nobody handles there.</summary>
    internal const string Misdirected = "{0} does not review {1}: take the resource out of the webhook configuration";

    /// <summary>The handler took all the time there was.</summary>
    internal const string TimedOut = "No decision could be made in time.";

    /// <summary>The handler threw.</summary>
    internal const string Broken = "The webhook failed to decide.";

    /// <summary>Too much to do.</summary>
    internal const string Overloaded = "The webhook is overloaded.";
}
