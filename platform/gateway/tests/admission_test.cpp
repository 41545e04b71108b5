// Before a large body is read: who may send one, by the head alone.

#include "stage.hpp"

#include <edm/service/access.hpp>

namespace edm::gateway {
namespace {

const std::string ana = "ana@example.com";

struct head
{
    std::string method = "POST", path = "/import";
    testing::one_service::header_list headers{};
    bool from_control_socket = false;
};

/// 0: the body may come.
std::optional<web::response> admit(stage& on, const head& h)
{
    std::vector<web::header_view> fields;
    for (const auto& [name, value] : h.headers)
        fields.push_back({name, value});
    const web::request r{.method = h.method,
                         .target = h.path,
                         .path = h.path,
                         .query = {},
                         .body = {},
                         .peer = "127.0.0.1",
                         .headers = fields,
                         .from_control_socket = h.from_control_socket};
    return on.loop().await(on.router().admit(r));
}
int status(stage& on, const head& h)
{
    auto refused = admit(on, h);
    return refused ? refused->status : 0;
}

TEST(Admission, IsForWhoMaySendTheRequest)
{
    stage on;
    on.router().add({"POST", "/operator/import", true,
                     [](const web::request&) -> task<web::response> { co_return web::response{}; }});
    for (const std::string path : {"/import", "/operator/import"}) {
        EXPECT_EQ(status(on, {.path = path}), 401) << path;
        EXPECT_EQ(status(on, {.path = path, .headers = {{"Authorization", "Bearer nonsense"}}}), 401) << path;
        EXPECT_EQ(status(on, {.path = path, .headers = {on.token(ana)}}), 403) << path;
        EXPECT_EQ(status(on, {.path = path, .headers = {on.token(ana, true)}}), 0) << path;
        EXPECT_EQ(status(on, {.path = path, .from_control_socket = true}), 0) << path;
    }
    EXPECT_EQ(status(on, {.path = "/nowhere"}), 404);
    EXPECT_EQ(status(on, {.method = "PUT"}), 405);
    EXPECT_EQ(status(on, {.path = "/wait-then-put"}), 0) << "anybody may";
}

TEST(Admission, RefusesAsTheRequestWouldBe)
{
    stage on;
    auto refused = admit(on, {});
    ASSERT_TRUE(refused);
    EXPECT_EQ(header(*refused, "WWW-Authenticate"), "Bearer");
    EXPECT_EQ(header(*refused, "x-request-id").value_or("").size(), 32U);
    EXPECT_TRUE(holds(*refused, R"("error_code":"invalid_token")"));
}

TEST(Admission, IsNotForATokenThatDoesNotCountAnyMore)
{
    stage on;
    on.deliver(access_changed{ana, 2, true}, ana);
    EXPECT_EQ(status(on, {.headers = {on.token(ana, true, 1)}}), 401);
    EXPECT_EQ(status(on, {.headers = {on.token(ana, true, 2)}}), 0);
}

TEST(Admission, OnlyUploadsMayBeLarge)
{
    stage on;
    on.router().add({"POST", "/operator/retry", true,
                     [](const web::request&) -> task<web::response> { co_return web::response{}; }});
    ASSERT_TRUE(on.router().limit("POST", "/import"));
    EXPECT_EQ(on.router().limit("POST", "/import")->bytes, 16U << 20);
    EXPECT_FALSE(on.router().limit("POST", "/wait-then-put"));
    EXPECT_FALSE(on.router().limit("POST", "/operator/retry"));
}

} // namespace
} // namespace edm::gateway
