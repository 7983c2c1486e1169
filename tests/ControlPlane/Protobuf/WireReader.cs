using ControlPlane.Http;

namespace ControlPlane.Protobuf;

/// <summary>Reads the fields of a message in the protobuf wire format.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    /// <summary>Reads the next field; false at the end.</summary>
    /// <param name="number">The field's number.</param>
    /// <param name="varint">The value of a number.</param>
    /// <param name="bytes">The value of everything else.</param>
    /// <exception cref="ApiException">400: cut off or malformed.</exception>
    public bool Next(out int number, out ulong varint, out ReadOnlySpan<byte> bytes)
    {
        number = 0;
        varint = 0;
        bytes = default;
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = Varint();
        number = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0:
                varint = Varint();
                break;
            case 1:
                bytes = Take(8);
                break;
            case 2:
                bytes = Take((int)Math.Min(Varint(), int.MaxValue));
                break;
            case 5:
                bytes = Take(4);
                break;
            default:
                throw ApiException.BadRequest("proto: illegal wireType");
        }

        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw ApiException.BadRequest("proto: integer overflow");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            throw ApiException.BadRequest("unexpected EOF");
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
