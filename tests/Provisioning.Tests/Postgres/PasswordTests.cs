using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

public sealed class PasswordTests
{
    [Fact]
    public void Does_not_print_itself_also_inside_a_record()
    {
        var server = new PostgresServer { Endpoints = [], Username = "admin", Password = new Password("hunter2") };

        Assert.DoesNotContain("hunter2", $"{server}", StringComparison.Ordinal);
        Assert.Equal("***", server.Password.ToString());
    }
}
