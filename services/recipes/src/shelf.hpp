#pragma once

#include "api.hpp"
#include "documents.hpp"

#include <edm/core/text.hpp>
#include <edm/service/database.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace edm::recipes {

/// The whole catalogue at one moment, immutable: sorted, folded for searches, and encoded up to what depends on the
/// user, so that a page of the listing is put together without reading a recipe. Any thread may read it.
class shelf
{
  public:
    explicit shelf(std::vector<document<recipe>> recipes);

    /// A page for a user who owns `owned`; none where `after` names no recipe. Withdrawn recipes are only for those who
    /// bought or are buying them.
    std::optional<list_reply> page(const list_request& request, const user_recipes& owned) const;
    /// The name under which an id is stored.
    std::optional<std::string> name_of(std::string_view id) const;
    std::size_t size() const { return books_.size(); }

  private:
    struct book
    {
        std::string id;
        std::string name;
        std::string head, tail; ///< JSON before and after price and status
        std::string price_json;
        std::string folded; ///< what `q` searches
        std::string folded_name, folded_category;
        std::vector<std::string> folded_tags;
        difficulty easiness = difficulty::easy;
        std::int64_t price = 0;
        time_point modified;
        bool for_sale = true;
    };
    struct filter;

    static book bind(edm::document<recipe> one);
    void sort();
    bool matches(const book& one, const filter& by, availability status) const;

    std::vector<book> books_;
    std::size_t typical_length_ = 0; ///< of a recipe in the listing, bytes
    std::unordered_map<std::string, std::uint32_t, string_hash, std::equal_to<>> by_id_;
    static constexpr std::size_t sortings = 6;
    std::array<std::vector<std::uint32_t>, sortings> order_; ///< places in `books_`
    std::array<std::vector<std::uint32_t>, sortings> rank_;  ///< the inverse
};

} // namespace edm::recipes
