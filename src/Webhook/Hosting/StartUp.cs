using System.Reflection;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Webhook.Hosting;

/// <summary>Runs the process. A mistake in its configuration ends it with one line on standard error instead of a stack trace.</summary>
internal static class StartUp
{
    /// <summary>Builds the host, starts it and waits for its end.</summary>
    /// <param name="build">Builds the host.</param>
    /// <param name="verify">Asks for what reads its configuration only when it is asked for.</param>
    /// <param name="isConfigurationMistake">Exceptions of other rooms whose message is one line that names the key and the mend.</param>
    /// <returns>The exit code: 0, or 1 when the configuration is wrong.</returns>
    public static async Task<int> RunAsync(Func<WebApplication> build, Action<IServiceProvider> verify, Func<Exception, bool> isConfigurationMistake)
    {
        WebApplication? app = null;
        try
        {
            app = build();

            // Before the host does it, which would log a stack trace.
            app.Services.GetService<IStartupValidator>()?.Validate();
            Ports.Verify(app.Services);
            app.Services.GetService<CertificateFolder>()?.LoadFirst();
            app.Services.GetService<ClientCertificateCheck>()?.LoadFirst();
            verify(app.Services);
            await app.StartAsync();
        }
        catch (Exception exception) when (Explain(exception, isConfigurationMistake) is { } line)
        {
            await Console.Error.WriteLineAsync(line.ReplaceLineEndings(" "));
            await DisposeAsync(app);
            return 1;
        }

        await app.WaitForShutdownAsync();
        await DisposeAsync(app);
        return 0;
    }

    private static string? Explain(Exception exception, Func<Exception, bool> isConfigurationMistake) => exception switch
    {
        StartUpException => exception.Message,
        OptionsValidationException invalid => string.Join(' ', invalid.Failures.Select(failure => NameKey(failure, invalid.OptionsType))),
        AggregateException several when several.InnerExceptions.All(inner => inner is OptionsValidationException) =>
            string.Join(' ', several.InnerExceptions.Select(inner => Explain(inner, isConfigurationMistake))),
        IOException { InnerException: AddressInUseException } => $"{exception.Message} Set Https:Port or Management:Port to a free port.",
        InvalidDataException => exception.Message,

        // The configuration binder: the message names the key, the inner exception is the converter's.
        InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException } => exception.Message,
        InvalidOperationException { InnerException.InnerException: FormatException or ArgumentException or OverflowException } => exception.Message,
        _ => isConfigurationMistake(exception) ? exception.Message : null,
    };

    // Generated validators write "Port: The field HttpsOptions.Port must be ...": people know the key Https:Port.
    private static string NameKey(string failure, Type options)
    {
        const BindingFlags AnyConstant = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static;
        var section = options.GetField("SectionName", AnyConstant)?.GetRawConstantValue();
        var member = failure.Split(':')[0];
        var beginning = $"{member}: The field {options.Name}.{member} ";
        return section is not null && failure.StartsWith(beginning, StringComparison.Ordinal)
            ? $"{section}:{member} {failure[beginning.Length..]}"
            : failure;
    }

    private static async ValueTask DisposeAsync(WebApplication? app)
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }
    }
}
