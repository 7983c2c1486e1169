using TestPostgres;

namespace Provisioning.Tests.Postgres;

/// <summary>A database administrator who does to the letter what an error says.</summary>
internal static class Statements
{
    /// <summary>Runs the statements of a message as the superuser, each where the message says; none is made up here.</summary>
    /// <returns>How many there were.</returns>
    public static async Task<int> RunAsync(string message, TestPostgresServer server, CancellationToken cancellationToken)
    {
        var found = Parse(message).ToList();
        foreach (var (database, statement) in found)
        {
            await server.ExecuteAsync(server.Superuser, database, statement, cancellationToken);
        }

        return found.Count;
    }

    private static IEnumerable<(string Database, string Statement)> Parse(string message)
    {
        var database = "postgres";
        foreach (var part in message.Split(" by ").Skip(1).SelectMany(part => part.Split("; ")))
        {
            var statement = part;
            if (part.StartsWith("in database ", StringComparison.Ordinal) && part.Split(": ", 2) is [var where, var first])
            {
                database = where["in database ".Length..];
                statement = first;
            }

            // What follows a statement in a message about two things begins in lower case.
            if (char.IsAsciiLetterUpper(statement[0]))
            {
                yield return (database, statement);
            }
        }
    }
}
