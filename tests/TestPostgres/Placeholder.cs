namespace TestPostgres;

internal static class Placeholder;
