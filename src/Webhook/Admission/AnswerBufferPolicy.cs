using System.Buffers;
using Microsoft.Extensions.ObjectPool;

namespace Webhook.Admission;

/// <summary>How buffers for answers are made and kept: those of usual answers only, so that a large patch holds no memory afterwards.</summary>
internal sealed class AnswerBufferPolicy : PooledObjectPolicy<ArrayBufferWriter<byte>>
{
    private const int UsualLength = 1024;
    private const int MaxKeptLength = 16 * 1024;

    /// <inheritdoc/>
    public override ArrayBufferWriter<byte> Create() => new(UsualLength);

    /// <inheritdoc/>
    public override bool Return(ArrayBufferWriter<byte> obj)
    {
        if (obj.Capacity > MaxKeptLength)
        {
            return false;
        }

        obj.ResetWrittenCount();
        return true;
    }
}
