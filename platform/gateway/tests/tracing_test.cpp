// What every answer carries, whatever answers: the trace; and one way for all failures.

#include "edm_after.hpp"
#include "stage.hpp"

#include <edm/observability/log.hpp>

#include <mutex>

namespace edm::gateway {
namespace {

constexpr std::string_view given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view given_trace = "4bf92f3577b34da6a3ce929d0e0e4736";

std::string id_of(const web::response& r)
{
    return header(r, "x-request-id").value_or("");
}

/// The lines that are logged meanwhile, as JSON.
class logged
{
  public:
    explicit logged(observability::log::level least = observability::log::level::debug)
    {
        observability::log::configure({.format = observability::log::format::json,
                                       .level = least,
                                       .write = [this](std::string_view line) { lines += line; }});
    }
    ~logged() { observability::log::configure({}); }
    bool hold(std::string_view text) const { return lines.find(text) != std::string::npos; }

    std::string lines;
};

void add_platform_routes(stage& on)
{
    on.router().add(
        {"GET", "/livez", false, [](const web::request&) -> task<web::response> { co_return web::response{}; }});
    on.router().add(
        {"GET", "/operator", true, [](const web::request&) -> task<web::response> { co_return web::response{}; }});
    on.router().add({"GET", "/broken", false, [](const web::request&) -> task<web::response> {
                         throw std::runtime_error("a platform route failed");
                         co_return web::response{};
                     }});
}

TEST(Tracing, EveryAnswerCarriesTheTraceOfItsRequest)
{
    stage on;
    on.gates.before.open();
    add_platform_routes(on);
    const std::pair<const char*, int> table[] = {
        {"/quick", 200},    {"/throws", 500},  {"/throws-no-exception", 500}, {"/whoami", 401},
        {"/follow", 401},   {"/nowhere", 404}, {"/wait-then-put", 405},       {"/livez", 200},
        {"/operator", 401}, {"/broken", 500},
    };
    for (const auto& [path, status] : table) {
        auto traced = on.get(path, {{"Traceparent", std::string{given}}});
        EXPECT_EQ(traced.status, status) << path;
        EXPECT_EQ(id_of(traced), given_trace) << path;
        auto fresh = on.get(path);
        EXPECT_EQ(id_of(fresh).size(), 32U) << path;
        EXPECT_NE(id_of(fresh), id_of(on.get(path))) << path;
    }
    EXPECT_EQ(id_of(on.post("/wait-then-put", "{", {{"traceparent", std::string{given}}})), given_trace) << "422";
    EXPECT_EQ(id_of(on.get("/whoami", {on.token("ana@example.com"), {"traceparent", std::string{given}}})),
              given_trace);
}

TEST(Tracing, AnInvalidTraceparentIsIgnoredAndATraceBegins)
{
    stage on;
    auto fresh = [&](testing::one_service::header_list fields, const std::string& what) {
        auto id = id_of(on.get("/quick", std::move(fields)));
        EXPECT_EQ(id.size(), 32U) << what;
        EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << what;
        EXPECT_NE(id, given_trace) << what;
        EXPECT_NE(id, std::string(32, '0')) << what;
    };
    testing::seeded_random random{11};
    for (int i = 0; i != 500; ++i) {
        std::string broken{given};
        constexpr std::string_view characters = "g -xA\t~Z.";
        auto at = random.below(broken.size());
        switch (i % 3) {
        case 0:
            broken[at] = characters[random.below(characters.size())];
            break;
        case 1:
            broken.erase(at, 1 + random.below(3));
            break;
        default:
            broken.insert(at, 1, "0-f"[random.below(3)]);
        }
        if (broken != given)
            fresh({{"traceparent", broken}}, broken);
    }
    fresh({{"traceparent", ""}}, "empty");
    fresh({{"traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"}}, "no trace id");
    fresh({{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"}}, "no parent id");
    fresh({{"traceparent", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}, "version ff");
    fresh({{"traceparent", std::string{given}}, {"traceparent", std::string{given}}}, "two");
    fresh({{"traceparent", std::string{given}}, {"TraceParent", "x"}}, "two, one of them malformed");
}

TEST(Tracing, FailuresAndRequestsAreLoggedWithTheirTrace)
{
    stage on;
    on.gates.before.open();
    add_platform_routes(on);
    for (const auto* path : {"/throws", "/broken"}) {
        logged log{observability::log::level::info};
        on.get(path, {{"traceparent", std::string{given}}});
        EXPECT_TRUE(log.hold(R"("event":"request_failed")")) << log.lines;
        EXPECT_TRUE(log.hold(R"("event":"request")")) << log.lines;
        EXPECT_TRUE(log.hold(given_trace)) << log.lines;
        EXPECT_TRUE(log.hold(path));
    }
    {
        logged log;
        on.get("/quick?token=hush", {{"traceparent", std::string{given}}});
        EXPECT_TRUE(log.hold(R"("route":"/quick","status":200)")) << log.lines;
        EXPECT_TRUE(log.hold(given_trace));
        EXPECT_FALSE(log.hold("hush"));
    }
    logged log{observability::log::level::info};
    on.get("/quick");
    EXPECT_EQ(log.lines, "");
}

TEST(Failures, TellNothingOfTheirCause)
{
    stage on;
    on.gates.before.open();
    add_platform_routes(on);
    for (const auto* path : {"/throws", "/throws-no-exception", "/broken"}) {
        auto r = on.get(path);
        EXPECT_EQ(r.status, 500);
        EXPECT_TRUE(holds(r, R"("error_code":"internal_error")"));
        EXPECT_FALSE(holds(r, "nobody expected"));
        EXPECT_FALSE(holds(r, "platform route"));
    }
}

TEST(PlatformRoutes, OfTheAdministratorAreNobodyElses)
{
    stage on;
    add_platform_routes(on);
    EXPECT_EQ(on.get("/operator").status, 401);
    EXPECT_EQ(header(on.get("/operator"), "WWW-Authenticate"), "Bearer");
    EXPECT_EQ(header(on.get("/operator", {{"Authorization", "Bearer x"}}), "WWW-Authenticate"),
              R"(Bearer error="invalid_token")");
    EXPECT_EQ(on.get("/operator", {on.token("ana@example.com")}).status, 403);
    EXPECT_EQ(on.get("/operator", {on.token("root@example.com", true)}).status, 200);
}

TEST(EdmAfter, ReadsEightEntriesAndLeavesOutWhatItCannotRead)
{
    auto read = parse_edm_after("a/k%2F1/0000000001.000000000002, nonsense, b/x/1, c//0000000001.000000000001,"
                                "d/%zz/0000000001.000000000001");
    ASSERT_GE(read.size(), 1U);
    EXPECT_EQ(read[0].topic, "a");
    EXPECT_EQ(read[0].key, "k/1");
    EXPECT_EQ(read[0].sequence.text(), "0000000001.000000000002");
    std::string many;
    for (int i = 0; i != 20; ++i)
        many += "a/k/0000000001.000000000001,";
    EXPECT_EQ(parse_edm_after(many).size(), 8U);
    EXPECT_TRUE(parse_edm_after("").empty());
    EXPECT_TRUE(parse_edm_after(",,,/,//,///").empty());
    EXPECT_EQ(edm_after({{"a", "k/1", {1, 2}}}), "a/k%2F1/0000000001.000000000002");
}

} // namespace
} // namespace edm::gateway
