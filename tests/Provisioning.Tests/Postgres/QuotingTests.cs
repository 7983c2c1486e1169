using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Npgsql;
using Provisioning.Postgres;

namespace Provisioning.Tests.Postgres;

/// <summary>PostgreSQL itself reads our quoted names and texts back as what they were, whatever is in them.</summary>
public sealed class QuotingTests(PostgresServers servers)
{
    private static readonly Gen<string> Texts =
        Gen.Elements([.. "ab\"'\\;-$%_ \t\nAé\u0130\ufeff"]).NonEmptyListOf().Select(characters => new string([.. characters.Take(25)]));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_and_texts_come_back_from_the_server_as_they_were()
    {
        var server = await servers.GetAsync(15);
        await using var connection = await server.OpenAsync(server.Admin, "postgres", Token);
        var seen = 0;

        Prop.ForAll(Texts.ToArbitrary(), Texts.ToArbitrary(), (name, text) =>
        {
            seen++;
            using var command = new NpgsqlCommand(
                $"SELECT {SqlText.Literal(text)} AS {new PostgresIdentifier(name).Quoted}", connection);
            using var reader = command.ExecuteReader();
            return reader.Read() && reader.GetName(0) == name && reader.GetString(0) == text && !reader.Read() && !reader.NextResult();
        }).QuickCheckThrowOnFailure();

        Assert.Equal(100, seen);
    }

    [Fact]
    public void A_name_that_PostgreSQL_would_cut_off_is_none() => Prop.ForAll(
        Texts.NonEmptyListOf().Select(texts => string.Concat(texts.Take(20))).ToArbitrary(),
        name => Encoding.UTF8.GetByteCount(name) <= PostgresIdentifier.MaxBytes || Throws(name)).QuickCheckThrowOnFailure();

    private static bool Throws(string name)
    {
        try
        {
            _ = new PostgresIdentifier(name);
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}
