namespace Webhook.Hosting;

/// <summary>The process cannot start as it is configured. The message is one line that names the key and the mend.</summary>
internal sealed class StartUpException(string message) : Exception(message);
