#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace edm::conformance {

/// A TCP gate on the loopback address between us and a server, which can fail in the ways a network does. One thread
/// carries the bytes.
class gate
{
  public:
    explicit gate(std::uint16_t to);
    ~gate();
    gate(const gate&) = delete;

    std::uint16_t port() const { return port_; }

    void cut() { order(shut); }       ///< connections are closed, and no new one is taken
    void open() { order(pass); }      ///< everything passes again
    void stall() { order(hold); }     ///< connections stay, and nothing passes
    void deafen() { order(one_way); } ///< what we send arrives; no answer does
    /// Connections break with a RST; new ones are taken.
    void reset();

  private:
    enum mode
    {
        pass,
        shut,
        hold,
        one_way
    };
    void order(mode m);
    void wake() const;
    void run();
    void take();
    void drop_all(bool hard);
    bool carry(int from, int to) const;

    std::uint16_t to_, port_ = 0;
    int listener_ = -1, wake_ = -1;
    std::atomic<mode> mode_{pass};
    std::atomic<bool> reset_{false}, ended_{false};
    std::atomic<unsigned> seen_{0}, ordered_{0};
    std::vector<std::pair<int, int>> pairs_; ///< us, server; of the thread alone
    std::thread thread_;
};

} // namespace edm::conformance
