#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace edm::conformance {

/// A gate on the loopback address between a store and its server, which can fail in the ways a network does. Each
/// connection carries one request at a time, as our client does.
class couchdb_gate
{
  public:
    /// `url`: `http://host:port` of the server behind it.
    explicit couchdb_gate(const std::string& url);
    ~couchdb_gate();
    couchdb_gate(const couchdb_gate&) = delete;

    std::string url() const;

    /// The next `n` requests that change something reach the server, and their answers reach nobody.
    void cut_answers(int n) { cut_answers_.store(n); }
    /// The same for one answer, and from then on nobody gets through.
    void cut_an_answer_and_shut()
    {
        shut_with_cut_.store(true);
        cut_answers_.store(1);
    }
    /// The next `n` requests that change something are cut before they reach the server.
    void cut_requests(int n) { cut_requests_.store(n); }
    /// Whatever is asked is answered 200 with a page, as by a proxy; the server hears nothing.
    void answer_by_a_page(bool on) { page_.store(on); }
    /// Connections break, and new ones are refused.
    void shut();
    void open();

  private:
    void listen();
    void accept_all();
    void break_all();
    void serve(int client);
    void forget(int client, int server);

    std::string host_, port_;
    int listener_ = -1;
    std::uint16_t own_port_ = 0;
    std::atomic<int> cut_answers_{0}, cut_requests_{0};
    std::atomic<bool> shut_{false}, shut_with_cut_{false}, page_{false}, ended_{false}, listens_{false};
    std::mutex mutex_;
    std::set<int> open_;
    std::thread accepting_;
    std::vector<std::thread> serving_; ///< of the accepting thread, as long as that runs
};

} // namespace edm::conformance
