namespace Webhook.Admission;

/// <summary>The bytes that all bodies together may hold at one time. Safe for any number of callers.</summary>
/// <param name="capacity">In bytes.</param>
internal sealed class BodyBudget(long capacity)
{
    private long held;

    /// <summary>Takes the bytes; false, and nothing is taken, when there are not as many left.</summary>
    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref held, bytes) <= capacity)
        {
            return true;
        }

        Interlocked.Add(ref held, -bytes);
        return false;
    }

    /// <summary>Gives back what was taken.</summary>
    public void Return(int bytes) => Interlocked.Add(ref held, -bytes);
}
