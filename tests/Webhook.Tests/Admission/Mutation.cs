namespace Webhook.Tests.Admission;

/// <summary>Changes of bytes at random: single bits and bytes, pieces cut out, copied or put in.</summary>
internal static class Mutation
{
    /// <summary>A copy with one to three changes.</summary>
    public static byte[] Of(Random random, byte[] original)
    {
        var body = original.ToList();
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(6))
            {
                case 0:
                    body[at] = (byte)random.Next(256);
                    break;
                case 1:
                    body[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    body.RemoveRange(at, Math.Min(random.Next(1, 40), body.Count - at));
                    break;
                case 3:
                    var from = random.Next(body.Count);
                    body.InsertRange(at, body.GetRange(from, Math.Min(random.Next(1, 60), body.Count - from)));
                    break;
                case 4:
                    body.InsertRange(at, "{}[]\",:\\null"u8[random.Next(11)..].ToArray());
                    break;
                default:
                    body.RemoveRange(at, random.Next(20) == 0 ? body.Count - at : 1);
                    break;
            }

            if (body.Count == 0)
            {
                break;
            }
        }

        return [.. body];
    }
}
