#include "bare_writer.hpp"

#include "ledger.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace edm::bench {

bare_writer::bare_writer(const std::filesystem::path& data, const std::filesystem::path& rows_like)
{
    std::filesystem::create_directories(data);
    for (const auto& name : ledger::files())
        files_.push_back(std::make_unique<bare_file>(data / (name + ".sqlite"), rows_like / (name + ".sqlite"),
                                                     name == ledger::files().front()));
}

bare_writer::~bare_writer() = default;

double bare_writer::write(const std::vector<std::string>& keys, std::size_t count,
                          const std::vector<double>& group_sizes)
{
    auto began = std::chrono::steady_clock::now();
    const auto until = next_ + count;
    // The publisher's group first, then the subscribers' as far as its events reach.
    while (files_.back()->done() != until || files_.front()->done() != until)
        for (std::size_t i = 0; i != files_.size(); ++i) {
            auto size = static_cast<std::size_t>(std::max(1.0, std::round(group_sizes[i])));
            auto limit = i == 0 ? until : files_.front()->done();
            auto first = files_[i]->done();
            auto last = std::min(first + size, limit);
            if (last == first || (i != 0 && last - first < size && limit != until))
                continue;
            files_[i]->write(keys, first, last);
        }
    while (files_[1]->done() != until)
        files_[1]->write(keys, files_[1]->done(),
                         std::min(until, files_[1]->done() + static_cast<std::size_t>(std::round(group_sizes[1]))));
    next_ = until;
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

} // namespace edm::bench
