using System.Text;

namespace Webhook.Offline;

/// <summary>A file, or standard input.</summary>
/// <param name="Name">As people shall see it.</param>
/// <param name="Bytes">What is in it.</param>
internal sealed record ManifestFile(string Name, byte[] Bytes)
{
    /// <summary>What standard input is called.</summary>
    public const string StandardInput = "stdin";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    // By its name, or because it begins as kubectl takes for JSON.
    private bool LooksLikeJson => HasExtension(".json") || ToText().AsSpan().TrimStart().StartsWith("{");

    /// <summary>The objects in it, in their order.</summary>
    /// <exception cref="ManifestException">The file is neither JSON nor YAML. Thrown when that place is reached.</exception>
    public IEnumerable<ManifestNode> Read()
    {
        return TryReadJson(out var documents) ? documents : YamlManifest.Read(ToText());
    }

    /// <summary>Whether it is JSON, and what it holds then.</summary>
    /// <exception cref="ManifestException">The file is called JSON and is none, or is not UTF-8.</exception>
    public bool TryReadJson(out IReadOnlyList<ManifestNode> documents)
    {
        documents = [];
        if (!LooksLikeJson)
        {
            return false;
        }

        try
        {
            documents = JsonManifest.Read(ToText());
            return true;
        }
        catch (ManifestException) when (!HasExtension(".json"))
        {
            // A mapping in braces is YAML too.
            return false;
        }
    }

    /// <summary>The whole file as text, without a byte order mark.</summary>
    /// <exception cref="ManifestException">It is not UTF-8.</exception>
    public string ToText()
    {
        try
        {
            return Utf8.GetString(Bytes).TrimStart('\ufeff');
        }
        catch (DecoderFallbackException exception)
        {
            throw new ManifestException("not UTF-8", 1 + Bytes.AsSpan(0, exception.Index).Count((byte)'\n'));
        }
    }

    /// <summary>Reads a file, all manifests below a folder in the order of their names, or standard input for <c>-</c>.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static async Task<IReadOnlyList<ManifestFile>> LoadAsync(string path, Stream standardInput, CancellationToken cancellationToken)
    {
        if (path == "-")
        {
            using var buffer = new MemoryStream();
            await standardInput.CopyToAsync(buffer, cancellationToken);
            return [new ManifestFile(StandardInput, buffer.ToArray())];
        }

        var files = new List<ManifestFile>();
        foreach (var file in Directory.Exists(path) ? Find(path) : [path])
        {
            files.Add(new ManifestFile(file, await File.ReadAllBytesAsync(file, cancellationToken)));
        }

        return files;
    }

    private bool HasExtension(string extension) => Path.GetExtension(Name).Equals(extension, StringComparison.OrdinalIgnoreCase);

    // Links to folders are not followed: they may lead in circles.
    private static IEnumerable<string> Find(string folder) =>
        Directory.EnumerateFiles(folder).Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Concat(Directory.EnumerateDirectories(folder).Where(child => new DirectoryInfo(child).LinkTarget is null))
            .Order(StringComparer.Ordinal)
            .SelectMany(child => Directory.Exists(child) ? Find(child) : [child]);
}
