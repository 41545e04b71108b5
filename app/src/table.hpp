#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace edm::app {

/// Rows under headings, for people: columns two spaces apart, numbers to the right, control characters escaped.
class text_table
{
  public:
    explicit text_table(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const { return rows_.size() == 1; }
    std::string text() const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

/// Text of others for one line of a terminal: control characters (C1 too) as `\x1b`, malformed UTF-8 as `\xff`.
std::string for_terminal(std::string_view text);

} // namespace edm::app
