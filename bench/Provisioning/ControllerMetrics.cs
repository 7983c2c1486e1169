using System.Globalization;

namespace Bench.Provisioning;

/// <summary>What a controller says of itself on its management port.</summary>
internal sealed class ControllerMetrics(Uri url) : IDisposable
{
    private readonly HttpClient client = new();

    /// <summary>The sum of a metric's series, 0 when it has none yet.</summary>
    /// <param name="name">The metric.</param>
    /// <param name="label">Only series with this label, such as <c>outcome="Ready"</c>; null: all.</param>
    public async Task<double> ReadAsync(string name, string? label = null)
    {
        var text = await client.GetStringAsync(url);
        return text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{')
            .Where(line => label is null || line.Contains(label, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();
}
