using System.Text;

namespace Webhook.Injection;

/// <summary>An item of <c>spec.valuesFrom</c> that has a <c>targetPath</c>: Flux merges it over the inline values.</summary>
/// <param name="Index">Its place in the list.</param>
/// <param name="TargetPath">Where it goes, in the notation of Helm's <c>--set</c>.</param>
internal readonly record struct ValueOverride(int Index, string TargetPath)
{
    /// <summary>Such as <c>spec.valuesFrom[0].targetPath</c>.</summary>
    public string Field => $"spec.valuesFrom[{Index}].targetPath";

    /// <summary>Whether it goes to <c>dataSource</c> or below: Helm ends a key at a dot, a bracket, an equals sign or a comma, and <c>\</c> quotes.</summary>
    public bool IsForDataSource
    {
        get
        {
            var key = new StringBuilder();
            for (var position = 0; position < TargetPath.Length && TargetPath[position] is not ('.' or '[' or '=' or ','); position++)
            {
                var isQuoted = TargetPath[position] == '\\' && position + 1 < TargetPath.Length;
                key.Append(TargetPath[isQuoted ? ++position : position]);
            }

            return key.ToString() == "dataSource";
        }
    }
}
