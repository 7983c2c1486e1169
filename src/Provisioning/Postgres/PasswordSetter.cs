using NpgsqlTypes;

namespace Provisioning.Postgres;

/// <summary>
/// Sets a role's password so that not even the verifier stands in the server's log, whatever <c>log_statement</c> is and even when it
/// fails, nor in pg_stat_activity: the verifier travels as COPY data, which the server never logs, into a temporary table. The
/// statement that uses it is constant text, and catches its own error, since the error's context would quote the inner statement.
/// Runs in the cluster's own database, where the admin may have temporary tables in any case: it is the owner.
/// </summary>
internal static class PasswordSetter
{
    internal const string CreateTable = "CREATE TEMPORARY TABLE role_verifier (role text NOT NULL, verifier text NOT NULL) ON COMMIT DROP";

    internal const string Copy = "COPY pg_temp.role_verifier (role, verifier) FROM STDIN (FORMAT binary)";

    internal const string Alter = """
        DO $$
        DECLARE
            wanted record;
        BEGIN
            SELECT role, verifier INTO STRICT wanted FROM pg_temp.role_verifier;
            EXECUTE pg_catalog.format('ALTER ROLE %I PASSWORD %L', wanted.role, wanted.verifier);
        EXCEPTION WHEN OTHERS THEN
            RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM;
        END
        $$
        """;

    /// <summary>Sets the password.</summary>
    public static async Task SetAsync(AdminSession database, ProvisioningStep.SetPassword step, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await database.ExecuteAsync(CreateTable, cancellationToken);
        await using (var importer = await database.CopyAsync(Copy, cancellationToken))
        {
            await importer.StartRowAsync(cancellationToken);
            await importer.WriteAsync(step.Role.Value, NpgsqlDbType.Text, cancellationToken);
            await importer.WriteAsync(step.Verifier.Reveal(), NpgsqlDbType.Text, cancellationToken);
            await importer.CompleteAsync(cancellationToken);
        }

        await database.ExecuteAsync(Alter, cancellationToken);
        await database.CommitAsync(transaction, cancellationToken);
    }
}
