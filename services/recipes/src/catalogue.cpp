#include "catalogue.hpp"

#include "tsv.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace edm::recipes {

namespace {

constexpr std::size_t most_errors = 1000;
constexpr std::size_t longest_field = 128 * 1024;

std::string_view trim(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

class row_reader
{
  public:
    explicit row_reader(catalogue_errors& into) : errors_(into) {}

    void read(const tsv_record& record, catalogue_row& out)
    {
        row_ = record.row;
        const auto columns = describe<catalogue_row>().fields;
        if (!record.problem.empty())
            return wrong_form(record.problem);
        if (record.fields.size() != columns.size())
            return wrong_form(fmt::format("There should be {} columns, not {}", columns.size(), record.fields.size()));
        for (std::size_t i = 0; i != columns.size(); ++i)
            column(columns[i], record.fields[i], out);
        names(out.name.value);
    }

  private:
    void column(const field& of, const std::string& value, catalogue_row& out)
    {
        if (value.size() > longest_field)
            return wrong(of.name, fmt::format("A field should have at most {} bytes", longest_field));
        if (!valid_utf8(value)) {
            errors_.form = true;
            return wrong(of.name, "The field should be UTF-8");
        }
        if (of.type->kind == kind::list)
            return items(of, value, out);
        auto one = std::string{trim(value)};
        if (of.name == "description" || of.name == "directions")
            std::ranges::replace(one, '|', '\n');
        put(of, one, out, 0);
    }

    void items(const field& of, std::string_view joined, catalogue_row& out)
    {
        std::size_t number = 0;
        while (!joined.empty()) {
            const auto end = std::min(joined.find('|'), joined.size());
            const auto item = trim(joined.substr(0, end));
            joined.remove_prefix(std::min(end + 1, joined.size()));
            if (!item.empty() && !put(of, item, out, ++number) && number > static_cast<std::size_t>(of.type->max))
                return; // said once
        }
        if (number < static_cast<std::size_t>(of.type->min))
            wrong(of.name, "List should have at least 1 item, joined by |");
    }

    bool put(const field& of, std::string_view value, catalogue_row& out, std::size_t item)
    {
        const auto problems = assign(describe<catalogue_row>(), &out, of.name, value, "row");
        if (problems.empty())
            return true;
        const auto& what = problems.front();
        const bool one_item = item != 0 && what.loc.size() > 2;
        wrong(of.name, one_item ? fmt::format("Item {}: {}", item, what.msg) : what.msg);
        return false;
    }

    void names(const std::string& name)
    {
        const auto [first, is_new] = rows_.try_emplace(name, row_);
        if (!is_new && !name.empty())
            wrong("name", fmt::format("Row {} has the same name", first->second));
    }

    void wrong_form(std::string message)
    {
        errors_.form = true;
        add({row_, {}, std::move(message)});
    }
    void wrong(std::string_view column, std::string message) { add({row_, std::string{column}, std::move(message)}); }
    void add(row_error error)
    {
        ++errors_.total;
        if (errors_.errors.size() < most_errors)
            errors_.errors.push_back(std::move(error));
    }

    catalogue_errors& errors_;
    std::unordered_map<std::string, std::int64_t> rows_; // by name
    std::int64_t row_ = 0;
};

template <class Texts>
std::vector<std::string> strings(const Texts& texts)
{
    std::vector<std::string> out;
    for (const auto& one : texts)
        out.push_back(one.value);
    return out;
}

} // namespace

std::expected<std::vector<catalogue_row>, catalogue_errors> read_catalogue(std::string_view file)
{
    catalogue_errors errors;
    std::vector<catalogue_row> rows;
    row_reader reader{errors};
    for (const auto& record : read_tsv(file))
        reader.read(record, rows.emplace_back());
    if (errors.total != 0)
        return std::unexpected{std::move(errors)};
    return rows;
}

recipe to_recipe(const catalogue_row& row, std::string id, const recipe* before, time_point now)
{
    return {.id = std::move(id),
            .name = row.name.value,
            .description = row.description.value,
            .category = row.category.value,
            .easiness = row.easiness,
            .price = static_cast<minor_units>(row.price),
            .tags = strings(row.tags),
            .ingredients = strings(row.ingredients),
            .directions = row.directions.value,
            .for_sale = before == nullptr || before->for_sale,
            .modif_datetime = now};
}

bool same_content(const catalogue_row& row, const recipe& stored)
{
    const auto same = [](const auto& texts, const std::vector<std::string>& stored_texts) {
        return std::ranges::equal(texts, stored_texts, {},
                                  [](const auto& one) -> const std::string& { return one.value; });
    };
    return row.name.value == stored.name && row.description.value == stored.description &&
           row.category.value == stored.category && row.easiness == stored.easiness &&
           row.price.minor == stored.price.value && same(row.tags, stored.tags) &&
           same(row.ingredients, stored.ingredients) && row.directions.value == stored.directions;
}

contracts::recipe_published published(const recipe& one)
{
    return {one.id, one.name, one.price.value, one.for_sale};
}

} // namespace edm::recipes
