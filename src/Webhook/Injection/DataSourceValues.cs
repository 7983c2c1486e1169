using System.Text.Json;

namespace Webhook.Injection;

/// <summary>
/// What kcm writes under <c>spec.values.dataSource</c> of a cluster's HelmRelease. kcm writes the values as a whole each time it
/// reconciles: what is injected must be the same to the letter, or the two would take turns.
/// </summary>
/// <param name="KineDataSourceSecretName">The Secret with the DSN.</param>
/// <param name="CaSecret">The Secret with the CA and its key; null when the DataSource has none.</param>
internal sealed record DataSourceValues(string KineDataSourceSecretName, CaSecretValues? CaSecret)
{
    /// <summary>Writes the object.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("kineDataSourceSecretName"u8, KineDataSourceSecretName);
        if (CaSecret is not null)
        {
            writer.WriteStartObject("caSecret"u8);
            writer.WriteString("name"u8, CaSecret.Name);
            writer.WriteString("key"u8, CaSecret.Key);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}

/// <summary><c>spec.values.dataSource.caSecret</c>.</summary>
internal sealed record CaSecretValues(string Name, string Key);
