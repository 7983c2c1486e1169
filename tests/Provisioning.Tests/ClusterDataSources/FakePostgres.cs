using Provisioning.Postgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>PostgreSQL servers in memory, one per host, with the provisioner's documented behaviour: marks, refusals, and the role's password.</summary>
internal sealed class FakePostgres(Faults faults) : IDatabaseProvisioner, IServerCatalogues
{
    /// <summary>By host.</summary>
    public Dictionary<string, FakeServer> Servers { get; } = new(StringComparer.Ordinal);

    /// <summary>What the next calls throw; null: nothing.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What the next calls come to instead of working.</summary>
    public ProvisioningOutcome? Outcome { get; set; }

    /// <summary>What the next releases come to instead of working.</summary>
    public ReleaseOutcome? ReleaseOutcome { get; set; }

    /// <summary>What was wanted last.</summary>
    public KineDatabase? Wanted { get; private set; }

    /// <summary>How often a server was asked for anything.</summary>
    public int Calls { get; private set; }

    public async Task<ProvisioningOutcome> ProvisionAsync(PostgresServer server, KineDatabase wanted, CancellationToken cancellationToken)
    {
        Calls++;
        Wanted = wanted;
        Fail();
        if (Outcome is not null)
        {
            return Outcome;
        }

        var reached = Reach(server);
        if (Refuse(reached, wanted) is { } refused)
        {
            return refused;
        }

        if (wanted.Accepted is { } accepted)
        {
            await accepted(cancellationToken);
        }

        return Provision(reached, wanted);
    }

    public Task<ReleaseOutcome> ReleaseAsync(PostgresServer server, ReleaseRequest request, CancellationToken cancellationToken)
    {
        Calls++;
        Fail();
        if (ReleaseOutcome is not null)
        {
            return Task.FromResult(ReleaseOutcome);
        }

        var reached = Reach(server);
        foreach (var role in new[] { request.SecondRole!.Value.Value, request.Role.Value })
        {
            if (reached.Roles.TryGetValue(role, out var found) && found.Mark == request.Mark.Text)
            {
                Effect($"drop role {role}", () => reached.Roles.Remove(role));
            }
        }

        return Task.FromResult<ReleaseOutcome>(new ReleaseOutcome.Released());
    }

    /// <summary>How often a catalogue was asked for.</summary>
    public int Catalogues { get; private set; }

    /// <summary>The server whose catalogue was asked for last, with the credentials.</summary>
    public PostgresServer? CatalogueOf { get; private set; }

    /// <summary>What asking for a catalogue comes to; null: the server's own.</summary>
    public CatalogueReading? Reading { get; set; }

    public Task<CatalogueReading> ReadAsync(PostgresServer server, string version, CancellationToken cancellationToken)
    {
        Catalogues++;
        CatalogueOf = server;
        var reached = Servers[server.Endpoints[0].Host];
        return Task.FromResult(Reading ?? (server.Password.Reveal() == reached.AdminPassword ? new CatalogueReading.Taken(reached) : new CatalogueReading.Failed()));
    }

    // Renews the marks, too, which the real one does as a step.
    private static ProvisioningOutcome.Refused? Refuse(FakeServer server, KineDatabase wanted)
    {
        var mark = wanted.Mark.Text;
        server.Roles.TryGetValue(wanted.LoginRole.Value, out var login);
        server.Databases.TryGetValue(wanted.Database.Value, out var databaseMark);
        if (wanted.PasswordProvesOwnership && login?.Password == wanted.Password.Reveal() && databaseMark is not null)
        {
            foreach (var (name, role) in server.Roles.Where(role => role.Value.Mark == databaseMark).ToList())
            {
                server.Roles[name] = role with { Mark = mark };
            }

            server.Databases[wanted.Database.Value] = databaseMark = mark;
            login = server.Roles[wanted.LoginRole.Value];
        }

        server.Roles.TryGetValue(wanted.Role.Value, out var owner);
        if ((owner is not null && owner.Mark != mark) || (login is not null && login.Mark != mark) || (databaseMark is not null && databaseMark != mark))
        {
            return new ProvisioningOutcome.Refused("NameConflict", $"{wanted.Database} has another mark");
        }

        if (databaseMark is null && !wanted.MayCreateDatabase)
        {
            return new ProvisioningOutcome.Refused("DatabaseMissing", $"restore {wanted.Database} first");
        }

        return null;
    }

    private ProvisioningOutcome.Ready Provision(FakeServer server, KineDatabase wanted)
    {
        var steps = new List<string>();
        var mark = wanted.Mark.Text;
        foreach (var name in new[] { wanted.Role.Value, wanted.LoginRole.Value }.Distinct(StringComparer.Ordinal).Where(name => !server.Roles.ContainsKey(name)))
        {
            Step("create role", () => server.Roles[name] = new FakeRole(mark, "") { CanLogin = name == wanted.LoginRole.Value });
        }

        if (!server.Databases.ContainsKey(wanted.Database.Value))
        {
            Step("create database", () => server.Databases[wanted.Database.Value] = mark);
        }

        var login = server.Roles[wanted.LoginRole.Value];
        if (!login.CanLogin || login.Password != wanted.Password.Reveal())
        {
            Step("set password", () => server.Roles[wanted.LoginRole.Value] = login with { Password = wanted.Password.Reveal(), CanLogin = true });
        }

        var former = wanted.FormerRole?.Value is { } other && server.Roles.TryGetValue(other, out var found) && found.Mark == mark && found.CanLogin ? found : null;
        if (former is { Sessions: 0 } && wanted.RetiresFormer)
        {
            Step("retire role", () => server.Roles[wanted.FormerRole!.Value.Value] = former with { Password = "", CanLogin = false });
            former = null;
        }

        return new ProvisioningOutcome.Ready(steps) { Former = former is null ? null : new FormerLogin(wanted.FormerRole!.Value, former.Sessions) };

        void Step(string name, Action effect)
        {
            Effect(name, effect);
            steps.Add(name);
        }
    }

    private FakeServer Reach(PostgresServer server)
    {
        var reached = Servers[server.Endpoints[0].Host];
        if (server.Password.Reveal() != reached.AdminPassword)
        {
            throw new InvalidOperationException("wrong admin password");
        }

        return reached;
    }

    private void Fail()
    {
        if (Failure is not null)
        {
            throw Failure;
        }
    }

    private void Effect(string name, Action effect)
    {
        faults.Pass($"before {name}");
        effect();
        faults.Pass($"after {name}");
    }
}

/// <summary>One server.</summary>
internal sealed class FakeServer : IServerCatalogue
{
    public string AdminPassword { get; set; } = World.AdminPassword;

    public Dictionary<string, FakeRole> Roles { get; } = new(StringComparer.Ordinal);

    /// <summary>Owner marks by database.</summary>
    public Dictionary<string, string> Databases { get; } = new(StringComparer.Ordinal);

    public bool IsAsWanted(KineDatabase wanted) =>
        Databases.GetValueOrDefault(wanted.Database.Value) == wanted.Mark.Text
        && Roles.TryGetValue(wanted.Role.Value, out var owner) && owner.Mark == wanted.Mark.Text
        && Roles.TryGetValue(wanted.LoginRole.Value, out var login) && login is { CanLogin: true } && login.Mark == wanted.Mark.Text
        && (wanted.FormerRole?.Value is not { } former || !Roles.TryGetValue(former, out var other) || !other.CanLogin);
}

/// <summary>One role.</summary>
internal sealed record FakeRole(string Mark, string Password)
{
    public bool CanLogin { get; init; } = true;

    public int Sessions { get; init; }
}
