// Whatever bytes come: no crash, and what is accepted decodes again from its own encoding to the same encoding.
#include <edm/describe/describe.hpp>

#include <cstdlib>

namespace {

enum class difficulty
{
    easy,
    medium,
    hard
};
BOOST_DESCRIBE_ENUM(difficulty, easy, medium, hard)

struct step
{
    edm::text<1, 20> name;
    edm::whole<1, 600> minutes;
    std::optional<difficulty> level;
};
BOOST_DESCRIBE_STRUCT(step, (), (name, minutes, level))

struct everything
{
    std::optional<edm::email> id;
    std::optional<edm::money> price;
    edm::minor_units paid;
    std::uint64_t counter = 0;
    double weight = 0;
    bool on = false;
    std::optional<edm::time_point> when;
    edm::list<step, 0, 4> steps;
    std::map<std::string, std::vector<int>, std::less<>> numbers;
    edm::raw_json anything;
};
BOOST_DESCRIBE_STRUCT(everything, (), (id, price, paid, counter, weight, on, when, steps, numbers, anything))

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view json{reinterpret_cast<const char*>(data), size};
    everything first;
    auto violations = edm::decode_into(first, json, {.lenient = true});
    edm::violations_json(violations);
    if (auto strict = edm::decode<everything>(json, {.forbid_unknown = true}); !strict)
        edm::violations_json(strict.error());
    for (const edm::field& f : edm::describe<everything>().fields)
        edm::assign(edm::describe<everything>(), &first, f.name, json, "query");
    if (!violations.empty())
        return 0;
    auto again = edm::decode<everything>(json, {.lenient = true});
    std::string text = edm::encode(*again);
    auto second = edm::decode<everything>(text, {.lenient = true});
    if (!second || edm::encode(*second) != text)
        std::abort();
    return 0;
}
