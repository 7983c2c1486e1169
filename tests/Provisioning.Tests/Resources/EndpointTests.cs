using Provisioning.Resources;

namespace Provisioning.Tests.Resources;

public sealed class EndpointTests
{
    [Theory]
    [InlineData("db.example.com:5432", "db.example.com", 5432, "db.example.com:5432")]
    [InlineData("DB.Example.COM:5432", "db.example.com", 5432, "db.example.com:5432")]
    [InlineData("db:1", "db", 1, "db:1")]
    [InlineData("3com.example:65535", "3com.example", 65535, "3com.example:65535")]
    [InlineData("xn--mnchen-3ya.example:5432", "xn--mnchen-3ya.example", 5432, "xn--mnchen-3ya.example:5432")]
    [InlineData("1.2.3.4a:5432", "1.2.3.4a", 5432, "1.2.3.4a:5432")]
    [InlineData("172.19.115.87:5432", "172.19.115.87", 5432, "172.19.115.87:5432")]
    [InlineData("255.255.255.255:1", "255.255.255.255", 1, "255.255.255.255:1")]
    [InlineData("[2001:db8::1]:5432", "2001:db8::1", 5432, "[2001:db8::1]:5432")]
    [InlineData("[2001:0DB8:0:0::1]:5432", "2001:db8::1", 5432, "[2001:db8::1]:5432")]
    [InlineData("[::ffff:10.0.0.1]:5432", "10.0.0.1", 5432, "10.0.0.1:5432")]
    [InlineData("[::ffff:a00:1]:5432", "10.0.0.1", 5432, "10.0.0.1:5432")]
    [InlineData("[::]:5432", "::", 5432, "[::]:5432")]
    public void Reads_a_host_and_a_port(string text, string host, int port, string printed)
    {
        Assert.True(Endpoint.TryParse(text, out var endpoint, out _));
        Assert.Equal((host, port, printed), (endpoint.Host, endpoint.Port, endpoint.ToString()));
    }

    [Theory]
    [InlineData("", Rejections.EndpointForm)]
    [InlineData("db", Rejections.EndpointForm)]
    [InlineData("db.example.com", Rejections.EndpointForm)]
    [InlineData(":5432", Rejections.EndpointForm)]
    [InlineData("db:", Rejections.EndpointForm)]
    [InlineData("[::1]", Rejections.EndpointForm)]
    [InlineData("[::1", Rejections.EndpointForm)]
    [InlineData("[::1]5432", Rejections.EndpointForm)]
    [InlineData("postgres://u:pw@db:5432", Rejections.EndpointIsUrl)]
    [InlineData("u:pw@db:5432", Rejections.EndpointIsUrl)]
    [InlineData("db:5432/postgres", Rejections.EndpointIsUrl)]
    [InlineData("/var/run/postgresql:5432", Rejections.EndpointIsUrl)]
    [InlineData("@abstract:5432", Rejections.EndpointIsUrl)]
    [InlineData("db:5432?sslmode=disable", Rejections.EndpointIsUrl)]
    [InlineData("host=db:5432", Rejections.EndpointIsUrl)]
    [InlineData(@"db\x:5432", Rejections.EndpointIsUrl)]
    [InlineData("a:5432,b:5432", Rejections.EndpointList)]
    [InlineData("a,b:5432", Rejections.EndpointList)]
    [InlineData("a;b:5432", Rejections.EndpointList)]
    [InlineData(" db:5432", Rejections.EndpointWhitespace)]
    [InlineData("db:5432 ", Rejections.EndpointWhitespace)]
    [InlineData("db:5432\n", Rejections.EndpointWhitespace)]
    [InlineData("db\u00a0:5432", Rejections.EndpointWhitespace)]
    [InlineData("db\0:5432", Rejections.EndpointWhitespace)]
    [InlineData("2001:db8::1:5432", Rejections.EndpointUnbracketed)]
    [InlineData("::1:5432", Rejections.EndpointUnbracketed)]
    [InlineData("postgres:db:5432", Rejections.EndpointUnbracketed)]
    [InlineData("[fe80::1%eth0]:5432", Rejections.EndpointIPv6)]
    [InlineData("[10.0.0.1]:5432", Rejections.EndpointIPv6)]
    [InlineData("[db]:5432", Rejections.EndpointIPv6)]
    [InlineData("[]:5432", Rejections.EndpointIPv6)]
    [InlineData("[:::1]:5432", Rejections.EndpointIPv6)]
    [InlineData("[1::2::3]:5432", Rejections.EndpointIPv6)]
    [InlineData("[12345::]:5432", Rejections.EndpointIPv6)]
    [InlineData("[::ffff:010.0.0.1]:5432", Rejections.EndpointIPv6)]
    [InlineData("[::ffff:10.0.1]:5432", Rejections.EndpointIPv6)]
    [InlineData("[[::1]]:5432", Rejections.EndpointIPv6)]
    [InlineData("1.2.3:5432", Rejections.EndpointIPv4)]
    [InlineData("1:5432", Rejections.EndpointIPv4)]
    [InlineData("2130706433:5432", Rejections.EndpointIPv4)]
    [InlineData("0x7f000001:5432", Rejections.EndpointIPv4)]
    [InlineData("0X7F.1:5432", Rejections.EndpointIPv4)]
    [InlineData("127.0.0.0x1:5432", Rejections.EndpointIPv4)]
    [InlineData("010.0.0.1:5432", Rejections.EndpointIPv4)]
    [InlineData("10.0.0.256:5432", Rejections.EndpointIPv4)]
    [InlineData("10.0.0.1.5:5432", Rejections.EndpointIPv4)]
    [InlineData("db.example.123:5432", Rejections.EndpointIPv4)]
    [InlineData("db_1:5432", Rejections.EndpointHost)]
    [InlineData("-db:5432", Rejections.EndpointHost)]
    [InlineData("db-.example:5432", Rejections.EndpointHost)]
    [InlineData("db..example:5432", Rejections.EndpointHost)]
    [InlineData(".example:5432", Rejections.EndpointHost)]
    [InlineData("db.example.:5432", Rejections.EndpointHost)]
    [InlineData("münchen.example:5432", Rejections.EndpointHost)]
    [InlineData("*.example:5432", Rejections.EndpointHost)]
    [InlineData("１.2.3.４:5432", Rejections.EndpointHost)]
    [InlineData("db:+5432", Rejections.PortForm)]
    [InlineData("db:-1", Rejections.PortForm)]
    [InlineData("db:05432", Rejections.PortForm)]
    [InlineData("db:5432x", Rejections.PortForm)]
    [InlineData("db:0x50", Rejections.PortForm)]
    [InlineData("db:５432", Rejections.PortForm)]
    [InlineData("db:postgresql", Rejections.PortForm)]
    [InlineData("db:0", Rejections.PortRange)]
    [InlineData("db:65536", Rejections.PortRange)]
    [InlineData("db:99999", Rejections.PortRange)]
    [InlineData("db:4294967297", Rejections.PortRange)]
    [InlineData("db:99999999999999999999", Rejections.PortRange)]
    public void Refuses_what_is_not_exactly_a_host_and_a_port(string text, string problem)
    {
        Assert.False(Endpoint.TryParse(text, out _, out var found));
        Assert.Equal(problem, found);
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_label_has_at_most_63_characters(int length, bool isValid) =>
        Assert.Equal(isValid, Endpoint.TryParse($"{new string('a', length)}.example:5432", out _, out _));

    [Theory]
    [InlineData(253, true)]
    [InlineData(254, false)]
    public void A_name_has_at_most_253_characters(int length, bool isValid)
    {
        var name = string.Concat(Enumerable.Repeat($"{new string('a', 49)}.", 6))[..(length - 1)].TrimEnd('.').PadRight(length, 'b');

        Assert.Equal(length, name.Length);
        Assert.Equal(isValid, Endpoint.TryParse($"{name}:5432", out _, out _));
    }

    [Theory]
    [InlineData("DB.example:5432", "db.EXAMPLE:5432")]
    [InlineData("[::1]:5432", "[0:0:0:0:0:0:0:1]:5432")]
    [InlineData("[::ffff:10.0.0.1]:5432", "10.0.0.1:5432")]
    public void Equal_places_are_equal_however_they_are_spelled(string one, string other)
    {
        Assert.True(Endpoint.TryParse(one, out var first, out _));
        Assert.True(Endpoint.TryParse(other, out var second, out _));
        Assert.Equal(first, second);
        Assert.Equal(first.GetHashCode(), second.GetHashCode());
    }

    [Fact]
    public void What_was_read_is_printed_so_that_it_reads_the_same_again()
    {
        string[] texts = ["DB.example:1", "[2001:DB8::ffff]:65535", "[::ffff:1.2.3.4]:80", "10.0.0.1:5432", "[64:ff9b::1.2.3.4]:1"];
        foreach (var text in texts)
        {
            Assert.True(Endpoint.TryParse(text, out var first, out _));
            Assert.True(Endpoint.TryParse(first.ToString(), out var second, out _));
            Assert.Equal(first, second);
        }
    }

    [Fact]
    public void Whatever_bytes_come_the_answer_is_a_valid_endpoint_or_a_problem()
    {
        const string Alphabet = "ab01.:[]%-_/@,x \t\u00e4";
        var random = new Random(20260101);
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            if (Endpoint.TryParse(text, out var endpoint, out var problem))
            {
                Assert.InRange(endpoint.Port, 1, 65535);
                Assert.True(Endpoint.TryParse(endpoint.ToString(), out var again, out _), text);
                Assert.Equal(endpoint, again);
            }
            else
            {
                Assert.NotEmpty(problem);
            }
        }
    }
}
