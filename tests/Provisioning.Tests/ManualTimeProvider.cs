namespace Provisioning.Tests;

/// <summary>
/// A clock that stands still until a test moves it. Timers (and so <c>Task.Delay</c>, <c>CancelAfter</c> and <c>PeriodicTimer</c> on this
/// provider) fire inside <see cref="Advance"/>, on the caller's thread, in the order in which they are due. Safe for concurrent use.
/// </summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<ManualTimer> timers = [];
    private readonly DateTimeOffset start;
    private DateTimeOffset now;
    private TimeSpan skew;

    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public ManualTimeProvider(DateTimeOffset start)
    {
        this.start = start;
        now = start;
    }

    /// <summary>UTC, so that tests do not depend on the machine.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Timestamps count ticks of 100 ns.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers wait to fire.</summary>
    public int PendingTimers
    {
        get
        {
            lock (gate)
            {
                return timers.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            return now + skew;
        }
    }

    public override long GetTimestamp()
    {
        lock (gate)
        {
            return (now - start).Ticks;
        }
    }

    /// <summary>Sets the wall clock forwards or backwards; timestamps and timers do not notice, as on a real machine.</summary>
    public void JumpWallClock(TimeSpan by)
    {
        lock (gate)
        {
            skew += by;
        }
    }

    /// <summary>Moves the clock and fires what becomes due, each timer at its own moment.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (gate)
        {
            target = now + by;
        }

        while (TakeNextDue(target) is { } timer)
        {
            timer.Fire();
        }

        lock (gate)
        {
            now = target > now ? target : now;
        }
    }

    /// <summary>
    /// Moves the clock in steps until the condition holds, giving the code under test real time to react between the steps.
    /// Fails after <paramref name="patience"/> of real time (default 30 s).
    /// </summary>
    public async Task AdvanceUntilAsync(Func<bool> condition, TimeSpan step, TimeSpan? patience = null)
    {
        var deadline = System.GetTimestamp();
        while (!condition())
        {
            Assert.True(System.GetElapsedTime(deadline) < (patience ?? TimeSpan.FromSeconds(30)), "The condition did not come true in time.");
            Advance(step);

            // On a busy machine the clock must not run away from what the last step woke: it stands in the same queue as these.
            for (var turn = 0; turn < 5; turn++)
            {
                await Task.Run(() => { });
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2));
        }
    }

    /// <summary>Waits in real time, without moving the clock, until the condition holds. Fails after 30 s.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        var deadline = System.GetTimestamp();
        while (!condition())
        {
            Assert.True(System.GetElapsedTime(deadline) < TimeSpan.FromSeconds(30), "The condition did not come true in time.");
            await Task.Delay(TimeSpan.FromMilliseconds(2));
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeNextDue(DateTimeOffset target)
    {
        lock (gate)
        {
            var next = timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
            if (next is null)
            {
                return null;
            }

            now = next.Due > now ? next.Due : now;
            if (next.Period > TimeSpan.Zero)
            {
                next.Due += next.Period;
            }
            else
            {
                timers.Remove(next);
            }

            return next;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private bool disposed;

        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner.gate)
            {
                owner.timers.Remove(this);
                if (disposed)
                {
                    return false;
                }

                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = owner.now + dueTime;
                    Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
                    owner.timers.Add(this);
                }

                return true;
            }
        }

        public void Dispose()
        {
            lock (owner.gate)
            {
                disposed = true;
                owner.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
