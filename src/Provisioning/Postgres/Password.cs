using System.Diagnostics.CodeAnalysis;

namespace Provisioning.Postgres;

/// <summary>A password that does not print itself: not in a log, a debugger's record dump, an interpolated string.</summary>
public sealed record Password
{
    private readonly string value;

    /// <summary>Wraps a password; empty ones are refused, since PostgreSQL refuses them too.</summary>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public Password(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        this.value = value;
    }

    /// <summary>The password itself, for a connection or a DSN and nothing else.</summary>
    [SuppressMessage("Design", "CA1024", Justification = "A property would be printed by serializers and debuggers.")]
    public string Reveal() => value;

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";
}
