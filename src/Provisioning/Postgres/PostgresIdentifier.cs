using System.Text;

namespace Provisioning.Postgres;

/// <summary>A name of a database or role, the only way a name enters SQL (PostgreSQL, "Identifiers and Key Words", 4.1.1).</summary>
public readonly record struct PostgresIdentifier
{
    /// <summary>PostgreSQL cuts longer names off silently, so that two would become one (NAMEDATALEN - 1).</summary>
    public const int MaxBytes = 63;

    /// <summary>Checks the name.</summary>
    /// <exception cref="ArgumentException">Empty, longer than 63 bytes, or with a NUL character.</exception>
    public PostgresIdentifier(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        if (Encoding.UTF8.GetByteCount(value) > MaxBytes || value.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"A PostgreSQL name has at most {MaxBytes} bytes and no NUL.", nameof(value));
        }

        Value = value;
    }

    /// <summary>The name, unquoted.</summary>
    public string Value { get; }

    /// <summary>The name as a quoted identifier, safe in SQL whatever it holds.</summary>
    public string Quoted => $"\"{Value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The name, unquoted: for messages, never for SQL.</summary>
    public override string ToString() => Value;
}
