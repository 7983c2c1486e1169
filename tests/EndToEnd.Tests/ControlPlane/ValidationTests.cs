namespace EndToEnd.ConformanceTests;

public sealed class ValidationTests(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [Theory]
    [InlineData("""{}""", "spec.color: Required value")]
    [InlineData("""{"color":"pink"}""", """spec.color: Unsupported value: "pink": supported values: "red", "green", "blue" """)]
    [InlineData("""{"color":"red","size":0}""", "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1")]
    [InlineData("""{"color":"red","size":11}""", "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10")]
    [InlineData("""{"color":"red","size":"3"}""", """spec.size: Invalid value: "string": spec.size in body must be of type integer: "string" """)]
    [InlineData("""{"color":"red","code":"a"}""", """spec.code: Invalid value: "a": spec.code in body should be at least 2 chars long""")]
    [InlineData("""{"color":"red","code":"AB"}""", """spec.code: Invalid value: "AB": spec.code in body should match '^[a-z]+$'""")]
    [InlineData("""{"color":"red","code":"abcde"}""", "spec.code: Too long: may not be more than 4 bytes")]
    [InlineData("""{"color":"red","tags":["a","b","c"]}""", "spec.tags: Too many: 3: must have at most 2 items")]
    [InlineData("""{"color":"red","tags":[1]}""", """spec.tags[0]: Invalid value: "integer": spec.tags[0] in body must be of type string: "integer" """)]
    [InlineData("""{"color":"red","ports":[{"name":"a"},{"name":"a"}]}""", """spec.ports[1]: Duplicate value: {"name":"a"}""")]
    public async Task Words_mistakes_as_users_know_them(string spec, string expected)
    {
        var (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("a", spec));
        Assert.Equal(422, code);
        Assert.Equal("Invalid", Text(body, "reason"));
        Assert.Equal("Widget", Text(body, "details.kind"));
        Assert.StartsWith("Widget.test.example.com \"a\" is invalid: ", Text(body, "message"), StringComparison.Ordinal);
        var texts = body["details"]!["causes"]!.AsArray().Select(c => $"{c!["field"]}: {c["message"]}");
        Assert.Contains(expected.Trim(), texts);
    }

    [Fact]
    public async Task Reports_all_mistakes_at_once()
    {
        var (_, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("a", """{"code":"A","size":0}"""));
        Assert.Equal(
            ["<nil>", "spec.code", "spec.color", "spec.size"],
            body["details"]!["causes"]!.AsArray().Select(c => (string?)c!["field"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Keeps_an_immutable_field()
    {
        await CreateAsync("a", """{"color":"red","owner":"me"}""");
        var error = await Kubectl.FailAsync($"patch widget a -n {Namespace} --type merge -p {{\"spec\":{{\"owner\":\"you\"}}}}");
        Assert.Equal("The Widget \"a\" is invalid: spec.owner: Invalid value: \"you\": the owner stays", error);
    }

    [Fact]
    public async Task Refuses_unknown_fields_strictly_and_warns_of_them_otherwise()
    {
        var body = """{"apiVersion":"test.example.com/v1","kind":"Widget","metadata":{"name":"a","what":1},"spec":{"color":"red","color":"blue","no":1}}""";
        var (code, answer, _) = await Api.SendAsync("POST", Collection + "?fieldValidation=Strict", body);
        Assert.Equal(400, code);
        Assert.Equal(
            "Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: duplicate field \"spec.color\", "
            + "unknown field \"metadata.what\", unknown field \"spec.no\"",
            Text(answer, "message"));

        (code, answer, var headers) = await Api.SendAsync("POST", Collection, body);
        Assert.Equal(201, code);
        Assert.Null(answer["spec"]!["no"]);
        Assert.Contains("299 - \"unknown field \\\"spec.no\\\"\"", headers.GetValues("Warning"));
        (_, _, headers) = await Api.SendAsync("PUT", Collection + "/a?fieldValidation=Ignore", answer.ToJsonString());
        Assert.False(headers.Contains("Warning"));
    }

    [Fact]
    public async Task Checks_names()
    {
        var (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("A_b"));
        Assert.Equal(422, code);
        Assert.Contains("a lowercase RFC 1123 subdomain must consist of", Text(body, "message"), StringComparison.Ordinal);
        Assert.Equal("metadata.name", Text(body, "details.causes.0.field"));

        (code, body, _) = await Api.SendAsync("POST", Collection, Widgets.Json("b").Replace("Widget\"", "Gadget\"", StringComparison.Ordinal));
        Assert.Equal(422, code);
        Assert.Equal("Gadget.test.example.com \"b\" is invalid: kind: Invalid value: \"Gadget\": must be Widget", Text(body, "message"));

        (code, body, _) = await Api.SendAsync("PUT", Collection + "/c", Widgets.Json("d"));
        Assert.Equal(400, code);
        Assert.Equal("the name of the object (d) does not match the name on the URL (c)", Text(body, "message"));
    }
}
