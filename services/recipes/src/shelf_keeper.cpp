#include "shelf_keeper.hpp"

#include <chrono>
#include <utility>

namespace edm::recipes {

using namespace std::chrono_literals;

namespace {

constexpr milliseconds longest_life = 60s;
constexpr std::size_t page_size = 500;

} // namespace

void shelf_keeper::begin()
{
    watching_ = from_.watch("", [this] { stale(); }); // the empty id: every document
}

task<result<std::shared_ptr<const shelf>>> shelf_keeper::now()
{
    const auto wanted = heard_.load();
    for (;;) {
        std::shared_ptr<const shelf> have;
        const auto mine = take_turn(wanted, have);
        if (mine == turn::have)
            co_return have;
        if (mine == turn::wait) {
            co_await callback<bool>([this](resumption<bool> done) { wait(done); });
            continue;
        }
        const auto heard = heard_.load();
        std::exception_ptr broken;
        result<std::shared_ptr<const shelf>> fresh{have};
        try {
            fresh = co_await read();
        } catch (...) {
            broken = std::current_exception();
        }
        finish(heard, broken || !fresh ? nullptr : *fresh);
        if (broken)
            std::rethrow_exception(broken);
        if (!fresh && have) // old, but nothing that was heard of is missing
            co_return have;
        co_return fresh;
    }
}

shelf_keeper::turn shelf_keeper::take_turn(std::uint64_t wanted, std::shared_ptr<const shelf>& have)
{
    std::lock_guard lock(mutex_);
    if (shelf_ && included_ >= wanted) {
        have = shelf_;
        if (reading_ || environment_.now() - read_at_ < longest_life)
            return turn::have;
    }
    if (reading_)
        return turn::wait;
    reading_ = true;
    return turn::read;
}

void shelf_keeper::wait(resumption<bool> done)
{
    {
        std::lock_guard lock(mutex_);
        if (reading_) {
            waiting_.push_back(done);
            return;
        }
    }
    done(true);
}

task<result<std::shared_ptr<const shelf>>> shelf_keeper::read()
{
    std::vector<document<recipe>> all;
    std::string after;
    do {
        auto page = co_await from_.scan(std::move(after), page_size);
        if (!page)
            co_return fail(std::move(page.error()));
        std::ranges::move(page->documents, std::back_inserter(all));
        after = std::move(page->next);
    } while (!after.empty());
    co_return std::make_shared<const shelf>(std::move(all));
}

void shelf_keeper::finish(std::uint64_t heard, std::shared_ptr<const shelf> fresh)
{
    std::vector<resumption<bool>> woken;
    {
        std::lock_guard lock(mutex_);
        reading_ = false;
        if (fresh) {
            shelf_ = std::move(fresh);
            included_ = heard;
            read_at_ = environment_.now();
        }
        woken.swap(waiting_);
    }
    for (const auto& one : woken)
        one(true);
}

} // namespace edm::recipes
