#include "commands.hpp"
#include "control_session.hpp"
#include "table.hpp"

#include <edm/core/environment.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace edm::app {

namespace {

/// What `/load-recipes` takes, less the framing of the form around the file.
constexpr std::uintmax_t most_bytes = 16 * 1024 * 1024 - 4096;
constexpr std::size_t most_shown = 50; ///< errors of rows

std::string read_catalogue_file(const std::filesystem::path& file)
{
    std::error_code problem;
    auto kind = std::filesystem::status(file, problem).type();
    if (kind == std::filesystem::file_type::not_found)
        throw command_failed(fmt::format("{} does not exist", file.string()));
    if (kind == std::filesystem::file_type::directory)
        throw command_failed(fmt::format("{} is a directory, not a file of recipes", file.string()));
    std::ifstream in{file, std::ios::binary};
    std::string text;
    char block[64 * 1024];
    while (in && text.size() <= most_bytes) {
        in.read(block, sizeof block);
        text.append(block, static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof() && text.size() <= most_bytes)
        throw command_failed(fmt::format("{} cannot be read", file.string()));
    if (text.empty())
        throw command_failed(fmt::format("{} is empty", file.string()));
    if (text.size() > most_bytes)
        throw command_failed(
            fmt::format("{} is too large: at most 16 MiB are loaded at once; split it at line ends", file.string()));
    return text;
}

/// One line on a terminal that tells how far the work is; nothing elsewhere.
class progress_bar
{
  public:
    progress_bar() : shown_(::isatty(STDERR_FILENO) == 1) {}
    ~progress_bar()
    {
        if (drawn_)
            fmt::print(stderr, "\r\x1b[K");
    }
    void operator()(std::size_t sent, std::size_t size, milliseconds so_far)
    {
        if (!shown_)
            return;
        drawn_ = true;
        constexpr std::size_t width = 30;
        auto done = size == 0 ? width : width * sent / size;
        auto seconds = std::chrono::duration<double>(so_far).count();
        fmt::print(stderr, "\r\x1b[K[{}{}] {:3}% {} {:.1f} s", std::string(done, '#'), std::string(width - done, '.'),
                   size == 0 ? 100 : 100 * sent / size, sent == size ? "sent, checking and storing" : "sending",
                   seconds);
        std::fflush(stderr);
    }

  private:
    bool shown_, drawn_ = false;
};

control_request upload(std::string text)
{
    std::string boundary;
    do
        boundary = "edm-" + random_source::system().hex(16);
    while (text.find(boundary) != text.npos);
    control_request out{.method = "POST", .target = "/load-recipes", .limit = std::chrono::minutes{10}};
    out.content_type = "multipart/form-data; boundary=" + boundary;
    out.body = fmt::format("--{0}\r\nContent-Disposition: form-data; name=\"recipes_csv\"; filename=\"recipes.tsv\"\r\n"
                           "Content-Type: text/tab-separated-values\r\n\r\n{1}\r\n--{0}--\r\n",
                           boundary, text);
    return out;
}

const boost::json::object* data_of(const boost::json::value& answer)
{
    const auto* whole = answer.if_object();
    const auto* details = whole ? whole->if_contains("details") : nullptr;
    const auto* fields = details ? details->if_object() : nullptr;
    const auto* data = fields ? fields->if_contains("data") : nullptr;
    return data ? data->if_object() : nullptr;
}

std::int64_t number(const boost::json::object& in, std::string_view name)
{
    const auto* value = in.if_contains(name);
    return value && value->is_int64() ? value->get_int64() : 0;
}

std::string text_of(const boost::json::object& in, std::string_view name)
{
    const auto* value = in.if_contains(name);
    return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

void print_row_errors(const boost::json::object& data)
{
    const auto* list = data.if_contains("errors");
    const auto* errors = list ? list->if_array() : nullptr;
    if (!errors)
        return;
    std::size_t shown = std::min(errors->size(), most_shown);
    for (std::size_t i = 0; i != shown; ++i) {
        const auto& error = errors->at(i).as_object();
        auto column = text_of(error, "column");
        fmt::print(stderr, "  row {}{}: {}\n", number(error, "row"), column.empty() ? "" : ", column " + column,
                   for_terminal(text_of(error, "message")));
    }
    if (auto total = number(data, "total"); total > static_cast<std::int64_t>(shown))
        fmt::print(stderr, "  and {} more\n", total - static_cast<std::int64_t>(shown));
}

int import(const std::filesystem::path& file)
{
    auto request = upload(read_catalogue_file(file));
    control_session program{control_session::new_data::allowed};
    control_answer answer;
    {
        auto bar = std::make_shared<progress_bar>();
        request.progress = [bar](auto sent, auto size, auto so_far) { (*bar)(sent, size, so_far); };
        answer = program.send(request);
        request.progress = {};
    }
    boost::json::error_code problem;
    auto value = boost::json::parse(answer.body, problem);
    const auto* data = problem ? nullptr : data_of(value);
    if (answer.status != 201) {
        fmt::print(stderr, "edm: {}: {}\n", file.string(), reason_of(answer));
        if (data)
            print_row_errors(*data);
        return 1;
    }
    auto all = data ? number(*data, "recipes") : 0, changed = data ? number(*data, "changed") : 0;
    fmt::print("{} stored, {} unchanged, of {} recipes\n", changed, all - changed, all);
    return 0;
}

} // namespace

void add_recipes(CLI::App& to, int& code)
{
    auto* all = to.add_subcommand("recipes", "Load recipes");
    all->require_subcommand(1);
    auto file = std::make_shared<std::string>();
    auto* imports = all->add_subcommand("import", "Load a file of recipes");
    imports->footer("UTF-8, no header, columns separated by tabs with the quoting of CSV: name, description, category, "
                    "easiness (easy, medium, hard), price, tags, ingredients, directions. Tags and ingredients are "
                    "joined by |.\nAll rows are checked first, and nothing is stored unless all fit. A recipe that is "
                    "stored already is replaced where it differs.");
    imports->add_option("FILE", *file, "The file, at most 16 MiB and 10,000 recipes")->required();
    imports->callback([file, &code] { code = import(*file); });
}

} // namespace edm::app
