#include "shelf.hpp"

#include "ownership.hpp"
#include "unicode.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace edm::recipes {

namespace {

/// The part of a listed recipe that is the same for every user, from its beginning.
struct listed_head
{
    std::string id;
    recipes::summary summary;
    std::string category;
    difficulty easiness = difficulty::easy;
    std::vector<std::string> tags;
};
BOOST_DESCRIBE_STRUCT(listed_head, (), (id, summary, category, easiness, tags))

constexpr std::string_view status_json(availability status)
{
    switch (status) {
    case availability::available:
        return R"(,"status":"available")";
    case availability::requested:
        return R"(,"status":"requested")";
    case availability::purchased:
        break;
    }
    return R"(,"status":"purchased")";
}

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(" \t\n"), text.size());
        if (end != 0)
            out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

} // namespace

/// A request's filters, folded once.
struct shelf::filter
{
    std::vector<std::string> words;
    std::optional<std::string> category, tag;
    std::optional<difficulty> easiness;
    std::optional<availability> status;

    explicit filter(const list_request& request) : easiness(request.easiness), status(request.status)
    {
        if (request.q)
            words = words_of(fold(*request.q));
        if (request.category)
            category = fold(*request.category);
        if (request.tag)
            tag = fold(*request.tag);
    }
};

shelf::shelf(std::vector<document<recipe>> recipes)
{
    books_.reserve(recipes.size());
    by_id_.reserve(recipes.size());
    for (auto& one : recipes) {
        by_id_.emplace(one.id, static_cast<std::uint32_t>(books_.size()));
        books_.push_back(bind(std::move(one)));
        typical_length_ += books_.back().head.size() + books_.back().tail.size();
    }
    constexpr std::size_t price_and_status = 40;
    typical_length_ = typical_length_ / std::max(books_.size(), std::size_t{1}) + price_and_status;
    sort();
}

shelf::book shelf::bind(document<recipe> one)
{
    auto& from = one.value;
    book out{.id = one.id,
             .name = from.name,
             .folded_name = fold(from.name),
             .folded_category = fold(from.category),
             .easiness = from.easiness,
             .price = from.price.value,
             .modified = from.modif_datetime,
             .for_sale = from.for_sale};
    out.folded = out.folded_name + '\n' + fold(from.description) + '\n' + out.folded_category;
    for (const auto& tag : from.tags) {
        out.folded_tags.push_back(fold(tag));
        out.folded += '\n' + out.folded_tags.back();
    }
    out.head = encode(listed_head{std::move(one.id),
                                  {std::move(from.name), std::move(from.description)},
                                  std::move(from.category),
                                  from.easiness,
                                  std::move(from.tags)});
    out.head.pop_back();
    out.price_json = R"(,"price":)" + encode(static_cast<money>(from.price));
    out.tail = R"(,"modif_datetime":)" + encode(from.modif_datetime) + '}';
    return out;
}

void shelf::sort()
{
    const auto by = [this](sorting how, auto key, bool down) {
        auto& order = order_[static_cast<std::size_t>(how)];
        order.resize(books_.size());
        std::iota(order.begin(), order.end(), 0u);
        std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
            const auto& x = books_[a];
            const auto& y = books_[b];
            const auto left = std::tie(key(x), x.folded_name, x.id);
            const auto right = std::tie(key(y), y.folded_name, y.id);
            return down && key(x) != key(y) ? left > right : left < right;
        });
        auto& rank = rank_[static_cast<std::size_t>(how)];
        rank.resize(order.size());
        for (std::uint32_t place = 0; place != order.size(); ++place)
            rank[order[place]] = place;
    };
    const auto name = [](const book& b) -> const std::string& { return b.folded_name; };
    const auto price = [](const book& b) -> const std::int64_t& { return b.price; };
    const auto modified = [](const book& b) -> const time_point& { return b.modified; };
    by(sorting::name, name, false);
    by(sorting::name_desc, name, true);
    by(sorting::price, price, false);
    by(sorting::price_desc, price, true);
    by(sorting::newest, modified, true);
    by(sorting::oldest, modified, false);
}

bool shelf::matches(const book& one, const filter& by, availability status) const
{
    if (!one.for_sale && status == availability::available)
        return false;
    if (by.status && *by.status != status)
        return false;
    if (by.easiness && *by.easiness != one.easiness)
        return false;
    if (by.category && *by.category != one.folded_category)
        return false;
    if (by.tag && std::ranges::find(one.folded_tags, *by.tag) == one.folded_tags.end())
        return false;
    return std::ranges::all_of(by.words, [&](const auto& word) { return one.folded.find(word) != std::string::npos; });
}

std::optional<list_reply> shelf::page(const list_request& request, const user_recipes& owned) const
{
    const auto how = static_cast<std::size_t>(request.sort.value_or(sorting::name));
    std::size_t place = 0;
    if (request.after) {
        const auto at = by_id_.find(request.after->str());
        if (at == by_id_.end())
            return {};
        place = rank_[how][at->second] + 1u;
    }
    auto left = request.limit ? static_cast<std::size_t>(request.limit->value) : books_.size();
    const filter by{request};
    list_reply out;
    auto& json = out.all_recipes.json;
    json.reserve(2 + std::min(left, books_.size()) * typical_length_);
    json = "[";
    const book* last = nullptr;
    for (; place < books_.size(); ++place) {
        const auto& one = books_[order_[how][place]];
        const auto status = status_of(owned, one.id);
        if (!matches(one, by, status))
            continue;
        if (left-- == 0) {
            out.next = last->id;
            break;
        }
        if (last)
            json += ',';
        json += one.head;
        if (status != availability::purchased)
            json += one.price_json;
        json += status_json(status);
        json += one.tail;
        last = &one;
    }
    json += ']';
    return out;
}

std::optional<std::string> shelf::name_of(std::string_view id) const
{
    const auto at = by_id_.find(id);
    return at == by_id_.end() ? std::nullopt : std::optional{books_[at->second].name};
}

} // namespace edm::recipes
