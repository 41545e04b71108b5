#include "tsv.hpp"

#include <fmt/format.h>

#include <utility>

namespace edm::recipes {

namespace {

class reader
{
  public:
    explicit reader(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }

    tsv_record record(std::int64_t row)
    {
        tsv_record out{.row = row};
        do {
            if (rest_.starts_with('"'))
                out.fields.push_back(quoted(out));
            else
                out.fields.emplace_back(plain());
        } while (take("\t"));
        if (!take("\r\n"))
            take("\n");
        return out;
    }

  private:
    bool take(std::string_view what)
    {
        if (!rest_.starts_with(what))
            return false;
        rest_.remove_prefix(what.size());
        return true;
    }

    std::string_view plain()
    {
        auto end = rest_.find_first_of("\t\n");
        if (end == std::string_view::npos)
            end = rest_.size();
        else if (rest_[end] == '\n' && end != 0 && rest_[end - 1] == '\r')
            --end;
        const auto field = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return field;
    }

    std::string quoted(tsv_record& in)
    {
        const auto column = in.fields.size() + 1;
        const auto wrong = [&](std::string_view what) {
            if (in.problem.empty())
                in.problem = fmt::format("column {}: {}", column, what);
        };
        std::string out;
        rest_.remove_prefix(1);
        for (;;) {
            const auto end = rest_.find('"');
            out += rest_.substr(0, end);
            if (end == std::string_view::npos) {
                wrong("the quotation mark that opens it is never closed");
                rest_ = {};
                return out;
            }
            rest_.remove_prefix(end + 1);
            if (!take("\""))
                break;
            out += '"';
        }
        if (!plain().empty())
            wrong("text follows the closing quotation mark");
        return out;
    }

    std::string_view rest_;
};

} // namespace

std::vector<tsv_record> read_tsv(std::string_view text)
{
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    reader from{text};
    std::vector<tsv_record> out;
    for (std::int64_t row = 1; !from.at_end(); ++row) {
        auto record = from.record(row);
        const bool blank = record.fields.size() == 1 && record.fields[0].empty() && record.problem.empty();
        if (!blank)
            out.push_back(std::move(record));
    }
    return out;
}

} // namespace edm::recipes
