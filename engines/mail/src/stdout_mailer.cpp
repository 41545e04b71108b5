#include "stdout_mailer.hpp"

#include <string>
#include <utility>

namespace edm::mail_engine {

task<std::expected<void, std::string>> stdout_mailer::send(edm::mail message)
{
    auto source = render(message, from_, at_.now());
    if (!source)
        co_return std::unexpected(std::move(source.error()));
    std::erase(*source, '\r'); // a terminal, or a log, is no mail server
    std::lock_guard lock{mutex_};
    const bool written = std::fwrite(source->data(), 1, source->size(), out_) == source->size() &&
                         std::fputc('\n', out_) != EOF && std::fflush(out_) == 0;
    if (!written)
        co_return std::unexpected("the mail could not be written to the standard output");
    co_return std::expected<void, std::string>{};
}

} // namespace edm::mail_engine
