#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace edm::bench {

/// What B3 is compared with: the same durable effects as one would build them with RabbitMQ. One publisher with
/// publisher confirms sends persistent messages to a durable fan-out exchange; two durable quorum queues; a consumer of
/// each writes a document and a mark per message into a SQLite file of its own, as many messages in one commit as are
/// there, and acknowledges them behind the commit. The publisher's own document, which ours commits too, is left out.
/// The broker is started for this, with Debian's settings, on the disk of the files.
class rabbitmq_peer
{
  public:
    /// Rows and messages are as large as those of a run of `ledger`, from whose files they are taken.
    rabbitmq_peer(const std::filesystem::path& data, const std::filesystem::path& rows_like);
    ~rabbitmq_peer();
    /// Why there is none here; empty: there can be one.
    static std::string missing();

    /// Publishes `count` events over the keys in turn, and waits until both consumers have committed all. Returns the
    /// seconds that took. Throws std::runtime_error where one is refused, or comes out of order.
    double publish(const std::vector<std::string>& keys, std::size_t count);
    /// Processor time of the broker so far, in seconds.
    double broker_seconds() const;

  private:
    class parts;
    std::unique_ptr<parts> parts_;
};

} // namespace edm::bench
