using System.Text.Json;
using Webhook.Admission;

namespace Webhook.Injection;

/// <summary>Reads <c>spec.values.dataSource</c>.</summary>
internal static class DataSourceValuesReader
{
    /// <summary>Reads the object whose beginning is the current token; null when it says anything else than kcm would.</summary>
    /// <param name="reader">Stands on the end of the object afterwards.</param>
    /// <param name="secretName"><c>kineDataSourceSecretName</c>; null when it is no string.</param>
    public static DataSourceValues? Read(ref Utf8JsonReader reader, out string? secretName)
    {
        secretName = null;
        CaSecretValues? authority = null;
        var isKnown = true;
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("kineDataSourceSecretName"u8))
            {
                secretName = JsonSteps.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("caSecret"u8))
            {
                authority = ReadAuthority(ref reader);
                isKnown &= authority is not null;
            }
            else
            {
                isKnown = false;
                JsonFields.SkipValue(ref reader);
            }
        }

        return isKnown && secretName is not null ? new DataSourceValues(secretName, authority) : null;
    }

    private static CaSecretValues? ReadAuthority(ref Utf8JsonReader reader)
    {
        string? name = null;
        string? key = null;
        var hasOthers = false;
        var state = JsonSteps.Enter(ref reader);
        while (state == FieldState.Object && JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                name = JsonSteps.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("key"u8))
            {
                key = JsonSteps.ReadString(ref reader);
            }
            else
            {
                hasOthers = true;
                JsonFields.SkipValue(ref reader);
            }
        }

        return name is not null && key is not null && !hasOthers ? new CaSecretValues(name, key) : null;
    }
}
