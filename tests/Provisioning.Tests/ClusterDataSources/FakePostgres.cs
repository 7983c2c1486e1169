using Provisioning.Postgres;

namespace Provisioning.Tests.ClusterDataSources;

/// <summary>PostgreSQL servers in memory, one per host, with the provisioner's documented behaviour: marks, refusals, and the role's password.</summary>
internal sealed class FakePostgres(Faults faults) : IDatabaseProvisioner
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

    public Task<ProvisioningOutcome> ProvisionAsync(PostgresServer server, KineDatabase wanted, CancellationToken cancellationToken)
    {
        Calls++;
        Wanted = wanted;
        Fail();
        return Task.FromResult(Outcome ?? Provision(Reach(server), wanted));
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

    private ProvisioningOutcome Provision(FakeServer server, KineDatabase wanted)
    {
        var steps = new List<string>();
        server.Roles.TryGetValue(wanted.Role.Value, out var role);
        server.Databases.TryGetValue(wanted.Database.Value, out var databaseMark);
        if (wanted.PasswordProvesOwnership && role?.Password == wanted.Password.Reveal() && databaseMark is not null)
        {
            server.Roles[wanted.Role.Value] = role = role with { Mark = wanted.Mark.Text };
            server.Databases[wanted.Database.Value] = databaseMark = wanted.Mark.Text;
        }

        if ((role is not null && role.Mark != wanted.Mark.Text) || (databaseMark is not null && databaseMark != wanted.Mark.Text))
        {
            return new ProvisioningOutcome.Refused("NameConflict", $"{wanted.Database} has another mark");
        }

        if (databaseMark is null && !wanted.MayCreateDatabase)
        {
            return new ProvisioningOutcome.Refused("DatabaseMissing", $"restore {wanted.Database} first");
        }

        if (role is null)
        {
            Effect("create role", () => server.Roles[wanted.Role.Value] = new FakeRole(wanted.Mark.Text, ""));
            steps.Add("create role");
        }

        if (databaseMark is null)
        {
            Effect("create database", () => server.Databases[wanted.Database.Value] = wanted.Mark.Text);
            steps.Add("create database");
        }

        if (role?.Password != wanted.Password.Reveal())
        {
            Effect("set password", () => server.Roles[wanted.Role.Value] = new FakeRole(wanted.Mark.Text, wanted.Password.Reveal()));
            steps.Add("set password");
        }

        return new ProvisioningOutcome.Ready(steps);
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
internal sealed class FakeServer
{
    public string AdminPassword { get; set; } = World.AdminPassword;

    public Dictionary<string, FakeRole> Roles { get; } = new(StringComparer.Ordinal);

    /// <summary>Owner marks by database.</summary>
    public Dictionary<string, string> Databases { get; } = new(StringComparer.Ordinal);
}

/// <summary>One role.</summary>
internal sealed record FakeRole(string Mark, string Password);
