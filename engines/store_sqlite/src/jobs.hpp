#pragma once

#include "writer.hpp"

#include <edm/store/store.hpp>

#include <utility>
#include <vector>

namespace edm::store_sqlite {

/// A job awaited by a coroutine; it lives in the awaiting frame.
template <class T>
class awaited_job : public job
{
  public:
    explicit awaited_job(writer& w) : writer_(w) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> me)
    {
        waiting_ = me;
        home_ = executor::current();
        writer_.push(*this);
    }
    stored<T> await_resume() { return std::move(outcome_); }
    std::pair<executor*, std::coroutine_handle<>> finish(std::optional<store_failure> group) override
    {
        if (group)
            outcome_ = std::unexpected(*group);
        return {home_, waiting_};
    }

  protected:
    writer& writer_;
    stored<T> outcome_{};
    executor* home_ = nullptr;
    std::coroutine_handle<> waiting_;
};

class commit_job final : public awaited_job<revision>
{
  public:
    commit_job(writer& w, const edm::commit& c) : awaited_job(w), commit_(c) {}
    void apply(write_side& w, std::uint64_t& next, std::int64_t now) override
    {
        first_ = next;
        outcome_ = w.apply(commit_, next, now);
    }
    const edm::commit* written() const override { return outcome_ ? &commit_ : nullptr; }
    const revision& stored_as() const override { return *outcome_; }
    std::uint64_t first_position() const override { return first_; }

  private:
    const edm::commit& commit_;
    std::uint64_t first_ = 0;
};

template <class T, class F>
class function_job final : public awaited_job<T>
{
  public:
    function_job(writer& w, F f) : awaited_job<T>(w), f_(std::move(f)) {}
    void apply(write_side& w, std::uint64_t&, std::int64_t) override { this->outcome_ = f_(w); }

  private:
    F f_;
};

/// Gives former subscriptions' marks and parked events to another name.
class adopt_job final : public awaited_job<nothing>
{
  public:
    adopt_job(writer& w, const std::string& subscription, const std::vector<std::string>& formerly)
        : awaited_job(w), subscription_(subscription), formerly_(formerly)
    {
    }
    void apply(write_side& w, std::uint64_t&, std::int64_t) override
    {
        for (const auto& former : formerly_)
            w.adopt(subscription_, former);
    }
    bool moves_marks() const override { return true; }

  private:
    const std::string& subscription_;
    const std::vector<std::string>& formerly_;
};

template <class T, class F>
auto on_writer(writer& w, F f)
{
    return function_job<T, F>(w, std::move(f));
}

/// Many commits of one caller: each is a job, the last one that ends resumes the caller.
class commit_batch
{
  public:
    commit_batch(writer& w, const std::vector<edm::commit>& commits) : writer_(w)
    {
        jobs_.reserve(commits.size());
        for (const auto& c : commits)
            jobs_.emplace_back(*this, c);
        left_ = jobs_.size();
    }
    bool await_ready() const noexcept { return jobs_.empty(); }
    void await_suspend(std::coroutine_handle<> me)
    {
        waiting_ = me;
        home_ = executor::current();
        std::vector<job*> all;
        for (auto& j : jobs_)
            all.push_back(&j);
        writer_.push_many(std::move(all));
    }
    std::vector<stored<revision>> await_resume()
    {
        std::vector<stored<revision>> out;
        for (auto& j : jobs_)
            out.push_back(std::move(j.outcome));
        return out;
    }

  private:
    struct one final : job
    {
        one(commit_batch& b, const edm::commit& c) : batch(b), commit(c) {}
        void apply(write_side& w, std::uint64_t& next, std::int64_t now) override
        {
            first = next;
            outcome = w.apply(commit, next, now);
        }
        std::pair<executor*, std::coroutine_handle<>> finish(std::optional<store_failure> group) override
        {
            if (group)
                outcome = std::unexpected(*group);
            if (--batch.left_ == 0)
                return {batch.home_, batch.waiting_};
            return {batch.home_, std::noop_coroutine()};
        }
        const edm::commit* written() const override { return outcome ? &commit : nullptr; }
        const revision& stored_as() const override { return *outcome; }
        std::uint64_t first_position() const override { return first; }

        commit_batch& batch;
        const edm::commit& commit;
        stored<revision> outcome{};
        std::uint64_t first = 0;
    };

    writer& writer_;
    std::vector<one> jobs_;
    std::size_t left_ = 0;
    executor* home_ = nullptr;
    std::coroutine_handle<> waiting_;
};

} // namespace edm::store_sqlite
