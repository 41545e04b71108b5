// Loading catalogues: an administrator's file, and at start the one in the binary.

#include "catalogue.hpp"
#include "errors.hpp"
#include "recipes.hpp"
#include "unicode.hpp"

#include <edm/starter_catalogue/starter_catalogue.hpp>

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

namespace edm::recipes {

namespace {

constexpr std::size_t most_rows = 10'000;
constexpr std::size_t batch = 500;

failure refusal(catalogue_errors errors)
{
    return failure{errors.form ? errc::invalid_format : errc::invalid_content}.with_data(
        encode(load_errors{std::move(errors.errors), errors.total}));
}

result<change<recipe>> overwrite(const catalogue_row& row, const std::string& id, const recipe* before,
                                 const moment& at, bool& writes)
{
    writes = false;
    if (before && before->name != row.name.value)
        return fail(errc::id_taken);
    if (before && same_content(row, *before))
        return change<recipe>::keep();
    writes = true;
    auto now = to_recipe(row, id, before, at.now);
    const auto event = published(now);
    return std::move(change<recipe>{std::move(now)}.publish(event));
}

} // namespace

task<result<load_reply>> recipes::load(call& by, load_request request)
{
    auto rows = read_catalogue(request.recipes_csv);
    request.recipes_csv = {};
    if (!rows)
        co_return fail(refusal(std::move(rows.error())));
    if (rows->empty())
        co_return fail(errc::cannot_load, "The file holds no recipe.");
    if (rows->size() > most_rows)
        co_return fail(errc::cannot_load, fmt::format("The file holds {} recipes; at most {} are loaded at once.",
                                                      rows->size(), most_rows));
    const auto count = static_cast<std::int64_t>(rows->size());
    auto done = co_await store(by, std::move(*rows), mode::overwrite);
    if (!done)
        co_return fail(std::move(done.error()));
    if (done->stopped_by) {
        // 503 and 507 promise that nothing was stored.
        if (done->stored == 0 && done->stopped_by->kind->status > 500)
            co_return fail(std::move(*done->stopped_by));
        co_return fail(errc::interrupted, fmt::format("{} of {} stored, load again.", done->stored, count));
    }
    co_return load_reply{count, done->changed};
}

task<result<recipes::stored_count>> recipes::store(call& by, std::vector<catalogue_row> rows, mode how)
{
    shelf_.stale();
    auto present = co_await shelf_.now();
    if (!present)
        co_return fail(std::move(present.error()));
    std::vector<std::string> names;
    names.reserve(rows.size());
    for (const auto& row : rows)
        names.push_back(row.name.value);
    const auto ids = assign_ids(names, [&](std::string_view id) { return (*present)->name_of(id); });

    stored_count done;
    for (std::size_t first = 0; first < rows.size() && !done.stopped_by; first += batch) {
        const auto size = std::min(batch, rows.size() - first);
        const auto place = ids.begin() + static_cast<std::ptrdiff_t>(first);
        const auto writes = std::make_unique<bool[]>(size);
        const auto decide = [&](std::size_t i, std::optional<recipe> before,
                                const moment& at) -> result<change<recipe>> {
            writes[i] = false;
            if (before && how == mode::fill)
                return change<recipe>::keep();
            return overwrite(rows[first + i], ids[first + i], before ? &*before : nullptr, at, writes[i]);
        };
        auto outcomes = co_await recipes_.update_many(by, {place, place + static_cast<std::ptrdiff_t>(size)}, decide);
        for (std::size_t i = 0; i != outcomes.size(); ++i) {
            if (!outcomes[i]) {
                done.stopped_by = std::move(outcomes[i].error());
                continue;
            }
            ++done.stored;
            done.changed += writes[i] ? 1 : 0;
        }
    }
    shelf_.stale(); // whatever was heard of it so far
    co_return done;
}

task<> recipes::start()
{
    shelf_.begin();
    if (!from_.development)
        co_return;
    auto rows = read_catalogue(starter_catalogue::find_asset("/starter.tsv")->body);
    if (!rows)
        throw std::logic_error(fmt::format("the starter catalogue, row {}: {}", rows.error().errors.front().row,
                                           rows.error().errors.front().message));
    call by;
    auto done = co_await store(by, std::move(*rows), mode::fill);
    if (!done)
        throw std::runtime_error("the starter catalogue cannot be loaded: " + std::string{done.error().text()});
    if (done->stopped_by)
        throw std::runtime_error("the starter catalogue cannot be stored: " + std::string{done->stopped_by->text()});
}

} // namespace edm::recipes
