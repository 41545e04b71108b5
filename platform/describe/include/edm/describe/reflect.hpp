#pragma once

#include <edm/describe/type.hpp>
#include <edm/describe/types.hpp>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>

#include <array>
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>

namespace edm {

template <class T>
const type& describe();

namespace describing {

template <class T>
consteval type make();

template <class T>
inline constexpr type type_of = make<T>();

/// The name of `T` as the compiler spells it.
template <class T>
consteval std::string_view full_name()
{
    std::string_view name = __PRETTY_FUNCTION__;
    name.remove_prefix(name.find("T = ") + 4);
    name.remove_suffix(1);
    return name;
}

/// Cuts the namespaces off, not those of template arguments.
consteval std::string_view short_name(std::string_view name)
{
    auto arguments = name.find('<');
    auto colon = name.substr(0, arguments).rfind("::");
    return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

// A struct may have ordinary members of these names; only static ones speak of the description.
template <class T>
concept has_description = requires { requires std::same_as<decltype(&T::description), const std::string_view*>; };
template <class T>
concept has_optional_fields = requires { requires std::is_pointer_v<decltype(&T::optional_fields)>; };
template <class T>
concept has_examples = requires { requires std::is_pointer_v<decltype(&T::examples)>; };

template <class S>
using members_of = boost::describe::describe_members<S, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class S, auto Member>
void* address_of(void* object)
{
    return std::addressof(static_cast<S*>(object)->*Member);
}

template <class S>
consteval bool named_in_optional_fields(std::string_view name)
{
    if constexpr (has_optional_fields<S>) {
        for (std::string_view optional : S::optional_fields)
            if (optional == name)
                return true;
    }
    return false;
}

template <class S>
consteval std::string_view example_of(std::string_view name)
{
    if constexpr (has_examples<S>) {
        for (const auto& [field, json] : S::examples)
            if (field == name)
                return json;
    }
    return {};
}

template <class S, class List>
struct table;
template <class S, template <class...> class List, class... D>
struct table<S, List<D...>>
{
    static constexpr std::array<field, sizeof...(D)> fields{
        field{D::name, &type_of<std::remove_cvref_t<decltype(std::declval<S&>().*D::pointer)>>,
              &address_of<S, D::pointer>, named_in_optional_fields<S>(D::name), example_of<S>(D::name)}...};

    static consteval bool has(std::string_view name) { return ((name == D::name) || ...); }
    static consteval bool names_are_known()
    {
        bool known = true;
        if constexpr (has_optional_fields<S>)
            for (std::string_view name : S::optional_fields)
                known = known && has(name);
        if constexpr (has_examples<S>)
            for (const auto& [name, json] : S::examples)
                known = known && has(name);
        return known;
    }
};

template <class E, class List>
struct enumerators;
template <class E, template <class...> class List, class... D>
struct enumerators<E, List<D...>>
{
    static constexpr std::array<std::string_view, sizeof...(D)> names{D::name...};
    static constexpr std::array<std::int64_t, sizeof...(D)> values{static_cast<std::int64_t>(D::value)...};
};

template <class T>
struct list_operations
{
    static std::size_t size(const void* c) { return static_cast<const std::vector<T>*>(c)->size(); }
    static const void* nth(const void* c, std::size_t n) { return static_cast<const std::vector<T>*>(c)->data() + n; }
    static void* append(void* c) { return std::addressof(static_cast<std::vector<T>*>(c)->emplace_back()); }
    static void clear(void* c) { static_cast<std::vector<T>*>(c)->clear(); }
    static constexpr container_operations value{&size, &nth, &append, &clear, nullptr, nullptr};
};

template <class T>
struct optional_operations
{
    static std::size_t size(const void* c) { return static_cast<const std::optional<T>*>(c)->has_value() ? 1 : 0; }
    static const void* nth(const void* c, std::size_t)
    {
        return std::addressof(**static_cast<const std::optional<T>*>(c));
    }
    static void* append(void* c) { return std::addressof(static_cast<std::optional<T>*>(c)->emplace()); }
    static void clear(void* c) { static_cast<std::optional<T>*>(c)->reset(); }
    static constexpr container_operations value{&size, &nth, &append, &clear, nullptr, nullptr};
};

template <class Map>
struct map_operations
{
    static std::size_t size(const void* c) { return static_cast<const Map*>(c)->size(); }
    static void clear(void* c) { static_cast<Map*>(c)->clear(); }
    static void* insert(void* c, std::string_view key, const std::string** stored)
    {
        auto [at, added] = static_cast<Map*>(c)->try_emplace(std::string{key});
        *stored = &at->first;
        return added ? std::addressof(at->second) : nullptr;
    }
    static void each(const void* c, void* context, void (*visit)(void*, const std::string&, const void*))
    {
        for (const auto& [key, value] : *static_cast<const Map*>(c))
            visit(context, key, std::addressof(value));
    }
    static constexpr container_operations value{&size, nullptr, nullptr, &clear, &insert, &each};
};

/// The interpreters take the address of such a struct for that of its only member.
template <class T, class Member>
concept wraps_only = std::is_standard_layout_v<T> && sizeof(T) == sizeof(Member);

template <class T>
struct maker;

template <class T>
consteval type make()
{
    return maker<T>::make();
}

template <class T>
struct maker
{
    static consteval type make()
    {
        if constexpr (std::is_enum_v<T>) {
            static_assert(boost::describe::has_describe_enumerators<T>::value,
                          "describe this enumeration: BOOST_DESCRIBE_ENUM(name, enumerators...)");
            using all = enumerators<T, boost::describe::describe_enumerators<T>>;
            return {.kind = kind::enumeration,
                    .width = sizeof(T),
                    .name = short_name(full_name<T>()),
                    .full_name = full_name<T>(),
                    .names = all::names,
                    .values = all::values};
        } else if constexpr (std::same_as<T, bool>) {
            return {.kind = kind::boolean};
        } else if constexpr (std::integral<T>) {
            static_assert(!std::same_as<T, char> && !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                              !std::same_as<T, char16_t> && !std::same_as<T, char32_t>,
                          "a single character is not described: use text<1, 1>");
            if constexpr (std::signed_integral<T>)
                return {.kind = kind::integer,
                        .width = sizeof(T),
                        .format = sizeof(T) == 8 ? "int64" : "int32",
                        .min = std::numeric_limits<T>::min(),
                        .max = std::numeric_limits<T>::max()};
            else
                return {.kind = kind::unsigned_integer, .width = sizeof(T)};
        } else {
            static_assert(boost::describe::has_describe_members<T>::value,
                          "describe this struct: BOOST_DESCRIBE_STRUCT(name, (), (members...)), or use one of the "
                          "field types of edm/describe/types.hpp");
            using all = table<T, members_of<T>>;
            static_assert(all::fields.size() <= 64, "a described struct has at most 64 fields: group some in a struct");
            static_assert(all::names_are_known(), "optional_fields and examples may only name described fields");
            type t{.kind = kind::object,
                   .name = short_name(full_name<T>()),
                   .full_name = full_name<T>(),
                   .fields = all::fields};
            if constexpr (has_description<T>)
                t.description = T::description;
            for (const field& f : all::fields)
                t.secret = t.secret || f.type->secret;
            return t;
        }
    }
};

template <>
struct maker<std::string>
{
    static consteval type make() { return {.kind = kind::text}; }
};
template <std::size_t Min, std::size_t Max>
struct maker<text<Min, Max>>
{
    static_assert(wraps_only<text<Min, Max>, std::string>);
    static consteval type make() { return {.kind = kind::text, .min = Min, .max = Max}; }
};
template <std::size_t Min, std::size_t Max>
struct maker<secret<Min, Max>>
{
    static_assert(wraps_only<secret<Min, Max>, std::string>);
    static consteval type make()
    {
        return {.kind = kind::secret, .secret = true, .format = "password", .min = Min, .max = Max};
    }
};
template <>
struct maker<email>
{
    static_assert(wraps_only<email, std::string>);
    static consteval type make() { return {.kind = kind::email, .format = "email", .min = 3, .max = 254}; }
};
template <>
struct maker<money>
{
    static_assert(wraps_only<money, std::int64_t>);
    static consteval type make() { return {.kind = kind::money, .width = 8, .min = 0, .max = 99'999'999'99}; }
};
template <>
struct maker<minor_units>
{
    static_assert(wraps_only<minor_units, std::int64_t>);
    static consteval type make() { return describing::make<std::int64_t>(); }
};
template <auto Min, auto Max>
struct maker<whole<Min, Max>>
{
    static_assert(wraps_only<whole<Min, Max>, std::int64_t>);
    static consteval type make() { return {.kind = kind::integer, .width = 8, .min = Min, .max = Max}; }
};
template <>
struct maker<double>
{
    static consteval type make() { return {.kind = kind::floating, .width = 8}; }
};
template <>
struct maker<time_point>
{
    static consteval type make() { return {.kind = kind::time, .format = "date-time"}; }
};
template <>
struct maker<raw_json>
{
    static_assert(wraps_only<raw_json, std::string>);
    static consteval type make() { return {.kind = kind::raw}; }
};
template <class T>
struct maker<std::optional<T>>
{
    static consteval type make()
    {
        return {.kind = kind::optional,
                .secret = type_of<T>.secret,
                .element = &type_of<T>,
                .container = &optional_operations<T>::value};
    }
};
template <class T>
struct maker<std::vector<T>>
{
    static_assert(!std::same_as<T, bool>, "std::vector<bool> holds no bools: use a vector of an enumeration");
    static consteval type make()
    {
        return {.kind = kind::list,
                .secret = type_of<T>.secret,
                .element = &type_of<T>,
                .container = &list_operations<T>::value};
    }
};
template <class T, std::size_t Min, std::size_t Max>
struct maker<list<T, Min, Max>>
{
    static_assert(wraps_only<list<T, Min, Max>, std::vector<T>>);
    static consteval type make()
    {
        type t = maker<std::vector<T>>::make();
        t.min = Min;
        t.max = Max;
        return t;
    }
};
template <class T>
struct maker<std::map<std::string, T, std::less<>>>
{
    static consteval type make()
    {
        return {.kind = kind::map,
                .secret = type_of<T>.secret,
                .element = &type_of<T>,
                .container = &map_operations<std::map<std::string, T, std::less<>>>::value};
    }
};

} // namespace describing

/// The description of `T`: a struct described with BOOST_DESCRIBE_STRUCT, or a type that may be its field.
///
/// Beside its members a described struct may declare:
///   static constexpr std::string_view description = "…";
///   static constexpr std::array optional_fields{std::string_view{"colour"}};   absence keeps the member's initializer
///   static constexpr std::array<std::pair<std::string_view, std::string_view>, 1> examples{{{"colour", "\"red\""}}};
template <class T>
const type& describe()
{
    return describing::type_of<T>;
}

} // namespace edm
