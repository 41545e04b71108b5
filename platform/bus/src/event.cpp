#include <edm/bus/event.hpp>

#include <edm/describe/describe.hpp>

#include <fmt/format.h>

#include <charconv>

namespace edm {

std::string sequence::text() const
{
    return fmt::format("{:010}.{:012}", epoch, counter);
}

std::optional<sequence> sequence::parse(std::string_view text)
{
    auto dot = text.find('.');
    if (dot == std::string_view::npos)
        return {};
    sequence s;
    auto epoch = text.substr(0, dot), counter = text.substr(dot + 1);
    auto [e, bad_epoch] = std::from_chars(epoch.data(), epoch.data() + epoch.size(), s.epoch);
    auto [c, bad_counter] = std::from_chars(counter.data(), counter.data() + counter.size(), s.counter);
    if (bad_epoch != std::errc{} || bad_counter != std::errc{} || e != epoch.data() + epoch.size() ||
        c != counter.data() + counter.size())
        return {};
    return s;
}

namespace {

/// The event as it is on the wire; attribute names are CloudEvents'.
struct cloud_event
{
    std::string specversion;
    std::string id;
    std::string source;
    std::string type;
    std::string subject;
    std::string time;
    std::string datacontenttype;
    std::string sequence;
    bool baseline = false;
    bool rebuild = false;
    std::string traceparent;
    raw_json data;
};
BOOST_DESCRIBE_STRUCT(cloud_event, (),
                      (specversion, id, source, type, subject, time, datacontenttype, sequence, baseline, rebuild,
                       traceparent, data))

void attribute(std::string& out, std::string_view name, std::string_view value)
{
    out += ",\"";
    out += name;
    out += "\":";
    append_json_string(out, value);
}

} // namespace

std::string encode_event(const event& e)
{
    std::string out;
    out.reserve(400 + e.data.size());
    out += R"({"specversion":"1.0")";
    attribute(out, "id", e.id);
    attribute(out, "source", e.source);
    attribute(out, "type", e.type);
    attribute(out, "subject", e.subject);
    attribute(out, "time", e.time);
    out += R"(,"datacontenttype":"application/json")";
    attribute(out, "sequence", e.sequence.text());
    if (e.baseline)
        out += R"(,"baseline":true)";
    if (e.rebuild)
        out += R"(,"rebuild":true)";
    if (!e.traceparent.empty())
        attribute(out, "traceparent", e.traceparent);
    if (!e.data.empty()) {
        out += ",\"data\":";
        out += e.data;
    }
    out += '}';
    return out;
}

std::expected<event, std::string> decode_event(std::string_view bytes)
{
    cloud_event wire;
    auto violations = decode_into(wire, bytes, {.lenient = true});
    if (!violations.empty())
        return std::unexpected("not a CloudEvents JSON object: " + violations.front().msg);
    if (wire.specversion != "1.0")
        return std::unexpected<std::string>("specversion is not 1.0");
    if (wire.id.empty() || wire.source.empty() || wire.type.empty() || wire.subject.empty())
        return std::unexpected<std::string>("a required attribute (id, source, type, subject) is missing");
    auto place = sequence::parse(wire.sequence);
    if (!place)
        return std::unexpected<std::string>("the attribute sequence is malformed");
    return event{.id = std::move(wire.id),
                 .source = std::move(wire.source),
                 .type = std::move(wire.type),
                 .subject = std::move(wire.subject),
                 .sequence = *place,
                 .baseline = wire.baseline,
                 .rebuild = wire.baseline && wire.rebuild,
                 .time = std::move(wire.time),
                 .traceparent = std::move(wire.traceparent),
                 .data = std::move(wire.data.value)};
}

} // namespace edm
