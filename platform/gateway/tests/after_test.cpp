// What `Edm-After` names is waited for: for how long, and who pays for it.

#include "stage.hpp"

#include <edm/service/access.hpp>

namespace edm::gateway {
namespace {

/// Of each user's first change of access.
std::string after(std::initializer_list<const char*> users)
{
    std::string out;
    for (const char* user : users)
        out += fmt::format("{}access-changed/{}/{}", out.empty() ? "" : ", ", user, sequence{1, 1}.text());
    return out;
}
void change_access(stage& on, const std::string& user)
{
    on.deliver(access_changed{user, 1, true}, user);
}
bool not_yet(const web::response& r)
{
    return r.status == 503 && holds(r, R"("error_code":"not_yet_visible")") && header(r, "Retry-After") == "1";
}

TEST(EdmAfter, IsWaitedForAtMostASecondInAll)
{
    stage on;
    auto& one = on.begin_get("/quick", {{"Edm-After", after({"a", "b", "c", "d", "e", "f", "g", "h"})}});
    on.run_ready();
    for (const char* user : {"a", "b", "c"}) {
        on.advance(300ms);
        change_access(on, user);
    }
    EXPECT_FALSE(one.answer);
    on.advance(110ms);
    ASSERT_TRUE(one.answer);
    EXPECT_TRUE(not_yet(*one.answer));
}

TEST(EdmAfter, IsAnsweredAsSoonAsAllOfItIsThere)
{
    stage on;
    auto& one = on.begin_get("/quick", {{"Edm-After", after({"a", "b"})}});
    on.run_ready();
    on.advance(500ms);
    change_access(on, "b");
    EXPECT_FALSE(one.answer);
    change_access(on, "a");
    on.run_ready();
    ASSERT_TRUE(one.answer);
    EXPECT_EQ(one.answer->status, 200);
}

TEST(EdmAfter, ThatNeverComesTakesNoPlace)
{
    stage on{std::make_shared<notebook::gates>(), [](router::parts& p) { p.in_flight = 1; }};
    auto& bogus = on.begin_get("/quick", {{"Edm-After", after({"nobody"})}});
    on.run_ready();
    EXPECT_FALSE(bogus.answer);
    EXPECT_EQ(on.get("/quick").status, 200);
    on.advance(1'100ms);
    ASSERT_TRUE(bogus.answer);
    EXPECT_TRUE(not_yet(*bogus.answer));
    EXPECT_EQ(on.get("/quick").status, 200) << "and gives back only what it took";
}

TEST(EdmAfter, AWaitThatEndsTakesAPlaceAgain)
{
    stage on{std::make_shared<notebook::gates>(), [](router::parts& p) { p.in_flight = 1; }};
    auto& late = on.begin_get("/quick", {{"Edm-After", after({"a"})}});
    on.run_ready();
    auto& busy = on.begin_post("/wait-then-put", {"a", "x"});
    on.run_ready();
    change_access(on, "a");
    on.run_ready();
    EXPECT_FALSE(late.answer);
    on.gates.before.open();
    on.run_ready();
    EXPECT_EQ(busy.answer->status, 200);
    ASSERT_TRUE(late.answer);
    EXPECT_EQ(late.answer->status, 200);
}

TEST(EdmAfter, OnlySoManyWait)
{
    stage on{std::make_shared<notebook::gates>(), [](router::parts& p) { p.after_waiters = 2; }};
    change_access(on, "a");
    std::vector<testing::one_service::asked*> waiting;
    for (int i = 0; i != 2; ++i)
        waiting.push_back(&on.begin_get("/quick", {{"Edm-After", after({"nobody"})}}));
    on.run_ready();
    EXPECT_TRUE(not_yet(on.get("/quick", {{"Edm-After", after({"nobody"})}}))) << "at once";
    EXPECT_EQ(on.get("/quick", {{"Edm-After", after({"a"})}}).status, 200) << "what is there needs no waiting";
    EXPECT_FALSE(waiting[0]->answer || waiting[1]->answer);
    on.advance(1'100ms);
    EXPECT_TRUE(waiting[0]->answer && waiting[1]->answer);
    auto& again = on.begin_get("/quick", {{"Edm-After", after({"nobody"})}});
    on.run_ready();
    EXPECT_FALSE(again.answer) << "there is room to wait again";
}

} // namespace
} // namespace edm::gateway
