namespace Provisioning.Postgres;

/// <summary>
/// Finds what keeps a ClusterDataSource from a database or role that was made or restored without its owner mark, and sets the mark when the server's administrator
/// says that they are meant. The controller itself never does.
/// </summary>
internal sealed class Adoption(ServerConnector connector)
{
    /// <summary>Looks, and changes nothing.</summary>
    public async Task<AdoptionPlan> PlanAsync(PostgresServer server, ReleaseRequest names, CancellationToken cancellationToken)
    {
        await using var session = await connector.OpenMaintenanceAsync(server, cancellationToken);
        await session.PrepareAsync(AdminSession.ReadOnly, cancellationToken);
        return Plan(names, await DatabaseObserver.ObserveOutsideAsync(session, names, cancellationToken));
    }

    /// <summary>Runs the statements as the admin role: all or none.</summary>
    public async Task RunAsync(PostgresServer server, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        await using var session = await connector.OpenMaintenanceAsync(server, cancellationToken);
        await session.ExecuteInTransactionAsync(statements, cancellationToken);
    }

    /// <summary>Decides. Pure.</summary>
    internal static AdoptionPlan Plan(ReleaseRequest names, Observation observed)
    {
        var ownership = Ownership.Of(names.Mark, observed);
        var found = new List<(string Keyword, PostgresIdentifier Name, string? Mark)>();
        if (observed.Database is { } database && !ownership.OfDatabase)
        {
            found.Add(("DATABASE", names.Database, database.Mark));
        }

        if (observed.Role is { } role && !ownership.OfRole)
        {
            found.Add(("ROLE", names.Role, role.Mark));
        }

        var foreign = found.Where(one => one.Mark is not null).Select(one => $"{one.Keyword.ToLowerInvariant()} {one.Name} is marked {SqlText.Literal(one.Mark!)}").ToList();
        return new AdoptionPlan(
            observed.Admin.Name,
            [.. found.Select(one => $"COMMENT ON {one.Keyword} {one.Name.Quoted} IS {SqlText.Literal(names.Mark.Text)}")],
            foreign.Count == 0 ? null : string.Join("; ", foreign));
    }
}

/// <summary>What an adoption takes.</summary>
/// <param name="Admin">The role that would run the statements.</param>
/// <param name="Statements">The statements that set the marks; none: nothing lacks one.</param>
/// <param name="Foreign">What is marked for somebody else; null: nothing is.</param>
internal sealed record AdoptionPlan(string Admin, IReadOnlyList<string> Statements, string? Foreign);
