using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

public sealed class ScramVerifierTests
{
    // RFC 7677, section 3: user "user", password "pencil".
    private const string Salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
    private const string Verifier =
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    [Fact]
    public void Is_the_one_of_the_RFCs_example() =>
        Assert.Equal(Verifier, ScramVerifier.Create(new Password("pencil"), Convert.FromBase64String(Salt)).Reveal());

    [Fact]
    public void Has_a_salt_of_its_own_each_time()
    {
        var password = PasswordGenerator.Generate();

        Assert.NotEqual(ScramVerifier.Create(password).Reveal(), ScramVerifier.Create(password).Reveal());
    }

    [Fact]
    public void Does_not_print_itself() => Assert.Equal("***", $"{new ScramVerifier(Verifier)}");

    [Theory]
    [InlineData("")]
    [InlineData("pencil")]
    [InlineData("md5d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=")]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:AAAA")]
    [InlineData("SCRAM-SHA-256$x:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$4096:not base64$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    public void Refuses_what_PostgreSQL_would_take_for_a_password(string malformed) =>
        Assert.Throws<ArgumentException>(() => new ScramVerifier(malformed));

    [Fact]
    public void Refuses_a_password_that_would_need_SASLprep() =>
        Assert.Throws<ArgumentException>(() => ScramVerifier.Create(new Password("pässword")));
}
