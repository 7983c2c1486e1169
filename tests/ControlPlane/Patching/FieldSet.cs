using System.Text.Json.Nodes;

namespace ControlPlane.Patching;

/// <summary>
/// A set of field paths as <c>managedFields</c> writes it (<c>FieldsV1</c>): <c>f:name</c> for a field, <c>v:value</c> for an item of a set,
/// <c>k:{keys}</c> for an item of a list of type map, <c>.</c> for the field itself beside its children. Not safe for concurrent use.
/// </summary>
internal sealed class FieldSet
{
    private readonly SortedDictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

    /// <summary>True when the path itself is in the set, not only paths below it.</summary>
    public bool IsMember { get; set; }

    /// <summary>True when neither the path nor anything below it is in the set.</summary>
    public bool IsEmpty => !IsMember && _children.Values.All(c => c.IsEmpty);

    /// <summary>The path elements below this one.</summary>
    public IReadOnlyDictionary<string, FieldSet> Children => _children;

    /// <summary>The set below a path element, made when it is missing.</summary>
    public FieldSet Child(string element)
    {
        if (!_children.TryGetValue(element, out var child))
        {
            _children[element] = child = new FieldSet();
        }

        return child;
    }

    /// <summary>The set below a path element; null when there is none.</summary>
    public FieldSet? Find(string element) => _children.GetValueOrDefault(element);

    /// <summary>Takes a path element and all below it out.</summary>
    public void Remove(string element) => _children.Remove(element);

    /// <summary>Reads <c>fieldsV1</c>.</summary>
    public static FieldSet Parse(JsonNode? node)
    {
        var set = new FieldSet();
        foreach (var (element, child) in node as JsonObject ?? [])
        {
            if (element == ".")
            {
                set.IsMember = true;
                continue;
            }

            var below = Parse(child);
            below.IsMember |= child is not JsonObject { Count: > 0 };
            set._children[element] = below;
        }

        return set;
    }

    /// <summary>Writes <c>fieldsV1</c>.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        var children = _children.Where(c => !c.Value.IsEmpty).ToList();
        if (IsMember && children.Count > 0)
        {
            json["."] = new JsonObject();
        }

        foreach (var (element, child) in children)
        {
            json[element] = child.ToJson();
        }

        return json;
    }

    /// <summary>What is in either set.</summary>
    public FieldSet Union(FieldSet other)
    {
        var result = new FieldSet { IsMember = IsMember || other.IsMember };
        foreach (var element in _children.Keys.Union(other._children.Keys, StringComparer.Ordinal))
        {
            result._children[element] = (Find(element) ?? new FieldSet()).Union(other.Find(element) ?? new FieldSet());
        }

        return result;
    }

    /// <summary>What is in this set and not in the other.</summary>
    public FieldSet Except(FieldSet other)
    {
        var result = new FieldSet { IsMember = IsMember && !other.IsMember };
        foreach (var (element, child) in _children)
        {
            result._children[element] = other.Find(element) is { } excluded ? child.Except(excluded) : child;
        }

        return result;
    }

    /// <summary>What is in both sets.</summary>
    public FieldSet Intersect(FieldSet other)
    {
        var result = new FieldSet { IsMember = IsMember && other.IsMember };
        foreach (var (element, child) in _children)
        {
            if (other.Find(element) is { } both)
            {
                result._children[element] = child.Intersect(both);
            }
        }

        return result;
    }

    /// <summary>The paths as conflict messages name them: <c>.spec.containers[name="a"].image</c>.</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        if (IsMember)
        {
            yield return prefix;
        }

        foreach (var (element, child) in _children)
        {
            foreach (var path in child.Paths(prefix + Show(element)))
            {
                yield return path;
            }
        }
    }

    private static string Show(string element)
    {
        var value = element[2..];
        return element[0] switch
        {
            'f' => "." + value,
            'k' when JsonNode.Parse(value) is JsonObject keys =>
                $"[{string.Join(",", keys.Select(k => $"{k.Key}={k.Value?.ToJsonString()}"))}]",
            _ => $"[={value}]",
        };
    }
}
