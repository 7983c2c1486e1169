using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Provisioning.Kubernetes;
using Provisioning.Postgres;
using Provisioning.Resources;

namespace Provisioning.ClusterDataSources;

/// <summary>Reads a DataSource and the Secrets that it names. Each is read anew: changed credentials count from the next reconcile on.</summary>
internal sealed class ServerReader(IKubernetesClient client, ResourceRules rules)
{
    /// <summary>Looks the server up. Throws when the API server fails or refuses the DataSource: then nothing is known.</summary>
    /// <param name="name">The DataSource.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ServerLookup> ReadAsync(NamespacedName name, CancellationToken cancellationToken)
    {
        DataSource dataSource;
        try
        {
            dataSource = await client.GetAsync<DataSource>(name, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return Missing(Reasons.DataSourceNotFound, $"DataSource {name} does not exist");
        }

        if (rules.FindViolations(dataSource) is { Count: > 0 } violations)
        {
            return new ServerLookup.Unavailable(
                new Problem(Reasons.InvalidDataSource, $"DataSource {name} is invalid: {string.Join("; ", violations)}"), IsMissing: false);
        }

        var settings = DataSourceSettings.Of(dataSource, out var mistake);
        if (mistake is not null)
        {
            return new ServerLookup.Unavailable(
                new Problem(Reasons.InvalidDataSource, $"DataSource {name} is invalid: {mistake}"), IsMissing: false);
        }

        var values = new SecretValues(client, dataSource);
        var username = await values.ReadTextAsync("spec.auth.username", dataSource.Spec!.Auth!.Username!, cancellationToken);
        var password = await values.ReadTextAsync("spec.auth.password", dataSource.Spec.Auth.Password!, cancellationToken);
        var authority = dataSource.Spec.CertificateAuthority is { } reference
            ? await values.ReadCertificatesAsync("spec.certificateAuthority", reference, cancellationToken)
            : null;
        return values.Failure is { } failure ? failure : new ServerLookup.Found(
            new PostgresServer
            {
                Endpoints = [.. dataSource.Spec.Endpoints!.Select(ToPostgresEndpoint)],
                Username = username!,
                Password = new Password(password!),
                CertificateAuthority = authority,
                MaintenanceDatabase = settings.MaintenanceDatabase,
            },
            dataSource.Spec.CertificateAuthority?.Key)
        {
            ConnectionLimit = settings.ConnectionLimit,
            Version = $"{dataSource.Metadata.Uid} {dataSource.Metadata.ResourceVersion} {values.Version}",
        };
    }

    private static PostgresEndpoint ToPostgresEndpoint(string? text) => Endpoint.TryParse(text, out var endpoint, out var problem)
        ? new PostgresEndpoint(endpoint.Host, endpoint.Port)
        : throw new InvalidOperationException($"An endpoint passed the rules that is none: {problem}");

    private static ServerLookup.Unavailable Missing(string reason, string message) => new(new Problem(reason, message), IsMissing: true);

    /// <summary>The values that one DataSource refers to: one GET per Secret, and the first failure of all.</summary>
    private sealed class SecretValues(IKubernetesClient client, DataSource dataSource)
    {
        private readonly Dictionary<NamespacedName, Secret?> secrets = [];

        public ServerLookup.Unavailable? Failure { get; private set; }

        /// <summary>The versions of the Secrets that were read, in their order.</summary>
        public string Version => string.Join(' ', secrets.Values.Select(secret => $"{secret?.Metadata.Uid}/{secret?.Metadata.ResourceVersion}"));

        public async Task<string?> ReadTextAsync(string path, SecretKeyReference reference, CancellationToken cancellationToken)
        {
            if (await ReadAsync(path, reference, cancellationToken) is not { } bytes)
            {
                return null;
            }

            // `echo secret | base64` leaves a newline at the end that nobody means.
            if (!TryDecode(bytes, out var text) || text.TrimEnd('\r', '\n') is not { Length: > 0 } value || value.Any(char.IsControl))
            {
                Fail(Reasons.InvalidSecret, $"the value that {Whose(path, reference)} names is empty or not text", isMissing: false);
                return null;
            }

            return value;
        }

        public async Task<string?> ReadCertificatesAsync(string path, SecretKeyReference reference, CancellationToken cancellationToken)
        {
            if (await ReadAsync(path, reference, cancellationToken) is not { } bytes)
            {
                return null;
            }

            var certificates = CertificateBlocks.Extract(bytes);
            if (certificates is null)
            {
                Fail(PostgresReasons.CertificateAuthorityInvalid, $"the value that {Whose(path, reference)} names is not a list of PEM certificates", isMissing: false);
            }

            return certificates;
        }

        private async Task<byte[]?> ReadAsync(string path, SecretKeyReference reference, CancellationToken cancellationToken)
        {
            var name = reference.Resolve(dataSource.Metadata.Namespace ?? "");
            Secret? secret;
            try
            {
                secret = await FindAsync(name, cancellationToken);
            }
            catch (KubernetesApiException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
            {
                Failure ??= new ServerLookup.Unavailable(
                    new Problem(Reasons.SecretForbidden, $"the controller may not read Secret {name}, which {path} of DataSource {dataSource.Key} names; grant it get on that Secret")
                    {
                        Cause = exception,
                    },
                    IsMissing: false);
                return null;
            }

            if (secret is null)
            {
                var hint = string.IsNullOrEmpty(reference.Namespace) ? " (without a namespace in the reference, the DataSource's own is meant)" : "";
                Fail(Reasons.SecretNotFound, $"Secret {name}, which {path} of DataSource {dataSource.Key} names, does not exist{hint}", isMissing: true);
                return null;
            }

            if (secret.Data?.TryGetValue(reference.Key ?? "", out var bytes) == true)
            {
                return bytes;
            }

            Fail(Reasons.SecretKeyNotFound, $"Secret {name} has no key \"{reference.Key}\", which {path} of DataSource {dataSource.Key} names", isMissing: true);
            return null;
        }

        private async Task<Secret?> FindAsync(NamespacedName name, CancellationToken cancellationToken)
        {
            if (secrets.TryGetValue(name, out var known))
            {
                return known;
            }

            try
            {
                known = await client.GetAsync<Secret>(name, cancellationToken);
            }
            catch (KubernetesApiException exception) when (exception.IsNotFound)
            {
                known = null;
            }

            secrets[name] = known;
            return known;
        }

        private string Whose(string path, SecretKeyReference reference) =>
            $"{path} of DataSource {dataSource.Key} (Secret {reference.Resolve(dataSource.Metadata.Namespace ?? "")}, key \"{reference.Key}\")";

        private void Fail(string reason, string message, bool isMissing) =>
            Failure ??= new ServerLookup.Unavailable(new Problem(reason, message), isMissing);

        private static bool TryDecode(byte[] bytes, [NotNullWhen(true)] out string? text)
        {
            try
            {
                text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes);
                return true;
            }
            catch (DecoderFallbackException)
            {
                text = null;
                return false;
            }
        }
    }
}
