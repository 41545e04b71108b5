// A change of somebody's access: whom it concerns, and what follows where the database is away.

#include "stage.hpp"

#include <edm/service/access.hpp>

namespace edm::gateway {
namespace {

const std::string ana = "ana@example.com", eva = "eva@example.com";

/// The sending side of a stream that only counts how often it is woken.
class counted_stream final : public web::stream_writer
{
  public:
    struct bell final : web::stream_waker
    {
        void wake() override { ++rung; }
        int rung = 0;
    };
    task<bool> write(std::string) override { co_return true; }
    bool open() const noexcept override { return true; }
    task<web::wakeup> wait(milliseconds) override { co_return web::wakeup::woken; }
    std::shared_ptr<web::stream_waker> waker() override { return bell_; }
    int rung() const { return bell_->rung; }

  private:
    std::shared_ptr<bell> bell_ = std::make_shared<bell>();
};

TEST(Access, AChangeWakesTheStreamsOfItsUserAlone)
{
    stage on;
    counted_stream anas, evas;
    auto first = on.get("/follow", {on.token(ana)}), second = on.get("/follow", {on.token(eva)});
    on.loop().post([&] { spawn(first.stream(anas)); });
    on.loop().post([&] { spawn(second.stream(evas)); });
    on.run_ready();
    ASSERT_EQ(on.gates.streams, 2);
    on.deliver(access_changed{eva, 1, true}, eva);
    EXPECT_EQ(anas.rung(), 0);
    EXPECT_EQ(evas.rung(), 1);
    on.deliver(access_changed{ana, 1, true}, ana);
    EXPECT_EQ(anas.rung(), 1);
    EXPECT_EQ(evas.rung(), 1);
    on.gates.streaming.open();
    on.run_ready();
}

TEST(Access, IsReadAgainForTheUserConcernedAlone)
{
    stage on;
    on.deliver(access_changed{ana, 1, true}, ana);
    on.deliver(access_changed{eva, 1, true}, eva);
    EXPECT_EQ(on.get("/whoami", {on.token(ana)}).status, 200);
    EXPECT_EQ(on.get("/whoami", {on.token(eva)}).status, 200);
    on.deliver(access_changed{eva, 2, true}, eva);
    on.faults().away = true;
    EXPECT_EQ(on.get("/whoami", {on.token(ana)}).status, 200) << "nothing of hers changed: it is known";
    const auto away = on.get("/whoami", {on.token(eva, false, 2)});
    EXPECT_EQ(away.status, 503);
    EXPECT_TRUE(holds(away, R"("error_code":"store_away")"));
    EXPECT_TRUE(header(away, "Retry-After"));
    on.faults().away = false;
    EXPECT_EQ(on.get("/whoami", {on.token(eva)}).status, 401);
    EXPECT_EQ(on.get("/whoami", {on.token(eva, false, 2)}).status, 200);
}

TEST(Access, OfPlatformRoutesIs503TooWhereTheStoreIsAway)
{
    stage on;
    on.router().add({"GET", "/operator/audit", true,
                     [](const web::request&) -> task<web::response> { co_return web::response{}; }});
    on.faults().away = true;
    EXPECT_EQ(on.get("/operator/audit", {on.token(ana, true)}).status, 503);
    on.faults().away = false;
    EXPECT_EQ(on.get("/operator/audit", {on.token(ana, true)}).status, 200);
}

} // namespace
} // namespace edm::gateway
