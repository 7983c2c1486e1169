# The same image as `dotnet publish src/Webhook -t:PublishContainer` makes, for those who build with a container engine:
#   docker build --tag registry.example.com/k0rdent-datasource:1.0.0 .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
# The settings (self-contained, ReadyToRun, invariant globalization) are those of src/Webhook/Webhook.csproj.
RUN dotnet publish src/Webhook --configuration Release --output /app

# No shell, no package manager, no ICU: libc, OpenSSL and certificates.
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app .
USER 65532:65532
EXPOSE 8080 9443
ENTRYPOINT ["/app/Webhook"]
