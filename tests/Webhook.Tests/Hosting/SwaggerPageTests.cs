using Webhook.Admission;
using Webhook.Tests.Admission;

namespace Webhook.Tests.Hosting;

/// <summary>The description of the interface as a person sees it, on a machine without the Internet.</summary>
public sealed class SwaggerPageTests
{
    /// <summary>Not localhost: Swagger UI asks others about documents of other hosts.</summary>
    private const string Host = "webhook.example";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Shows_both_endpoints_and_asks_nobody_else()
    {
        await using var server = await WebhookServer.StartAsync(new ScriptedHandler("datasources", _ => new AdmissionDecision.Allowed()));
        await using var browser = await StartBrowserAsync();

        await browser.GoToAsync(new UriBuilder(server.Management) { Host = Host, Path = "/swagger/index.html" }.Uri);
        await browser.UntilAsync("document.querySelectorAll('.opblock-summary-path').length === 2", Token);
        var paths = await browser.EvaluateAsync("[...document.querySelectorAll('.opblock-summary-path')].map(path => path.dataset.path).sort()");
        await browser.EvaluateAsync("document.querySelector('[data-path=\"/validate\"]').closest('.opblock-summary').querySelector('button').click()");
        await browser.UntilAsync("document.querySelector('.opblock-body')?.innerText.includes('admission.k8s.io/v1') === true", Token);
        await browser.UntilAsync("document.fonts.status === 'loaded' && [...document.images].every(image => image.complete)", Token);

        Assert.Equal(["/mutate", "/validate"], paths!.AsArray().Select(path => (string?)path));
        Assert.Equal("DataSource admission webhook", (string?)await browser.EvaluateAsync("document.querySelector('.info .title').firstChild.textContent.trim()"));
        Assert.Empty(browser.Errors);
        Assert.Contains(browser.Requests, url => url.EndsWith("/swagger/v1/swagger.json", StringComparison.Ordinal));
        Assert.All(browser.Requests, url => Assert.Equal((Host, server.Management.Port), (new Uri(url).Host, new Uri(url).Port)));
    }

    [Fact]
    public async Task A_request_to_elsewhere_and_an_error_would_be_seen()
    {
        await using var browser = await StartBrowserAsync();

        await browser.EvaluateAsync("fetch('https://elsewhere.example/').catch(() => console.error('not there'))");

        await browser.UntilAsync("true", Token);
        Assert.Contains("https://elsewhere.example/", browser.Requests);
        Assert.Contains(browser.Errors, error => error.Contains("not there", StringComparison.Ordinal));
    }

    private static Task<Browser> StartBrowserAsync()
    {
        var program = Browser.Find();
        Assert.False(program is null && Environment.GetEnvironmentVariable("CI") == "true", "CI must have Debian's package chromium.");
        Assert.SkipWhen(program is null, "Chromium is not installed: apt-get install chromium");
        return Browser.StartAsync(program!, Token);
    }
}
