#include "reader.hpp"

#include <edm/describe/encode.hpp>

#include <tuple>

namespace edm::describing {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

/// Keys are the sender's; as much of one as a violation shows.
std::string shown(std::string_view key)
{
    constexpr std::size_t limit = 128;
    if (key.size() <= limit)
        return std::string{key};
    std::size_t cut = limit;
    while (cut > 0 && (static_cast<unsigned char>(key[cut]) & 0xC0) == 0x80)
        --cut;
    return std::string{key.substr(0, cut)} + "…";
}

} // namespace

slot reader::next()
{
    if (depth_ == 0)
        return root_;
    frame& f = frames_[depth_ - 1];
    switch (f.t->kind) {
    case kind::object:
        if (f.step == none)
            return {};
        return {f.t->fields[f.step].type, f.t->fields[f.step].at(f.out)};
    case kind::list:
        ++f.step;
        if (f.step > f.t->max)
            return {};
        return {f.t->element, f.t->container->append(f.out)};
    default:
        return {f.value ? f.t->element : nullptr, f.value};
    }
}

slot reader::unwrap(slot s)
{
    while (s.t && s.t->kind == kind::optional)
        s = {s.t->element, s.t->container->append(s.out)};
    return s;
}

bool reader::open(kind wanted, kind or_wanted, char bracket)
{
    if (raw_) {
        raw_comma();
        *raw_ += bracket;
        ++raw_depth_;
        return true;
    }
    if (skipping_ != 0) {
        ++skipping_;
        return true;
    }
    slot s = unwrap(next());
    if (s.t && s.t->kind == kind::raw) {
        raw_ = static_cast<std::string*>(s.out);
        raw_->assign(1, bracket);
        raw_depth_ = 1;
        return true;
    }
    if (!s.t || (s.t->kind != wanted && s.t->kind != or_wanted) || depth_ == max_depth) {
        if (s.t)
            report(wrong_type(*s.t));
        skipping_ = 1;
        return true;
    }
    if (s.t->container)
        s.t->container->clear(s.out);
    frames_[depth_++] = {s.t, s.out, 0, s.t->kind == kind::object ? none : 0, 0, nullptr, nullptr};
    return true;
}

/// Whether the bracket closed a value that only had to be kept or skipped.
bool reader::close(char bracket)
{
    if (raw_) {
        *raw_ += bracket;
        if (--raw_depth_ == 0)
            raw_ = nullptr;
        return true;
    }
    if (skipping_ != 0) {
        --skipping_;
        return true;
    }
    return false;
}

bool reader::on_array_end(std::size_t, error&)
{
    if (close(']'))
        return true;
    frame& f = frames_[--depth_];
    if (auto p = check_size(*f.t, f.step, bounds()))
        report(std::move(p));
    return true;
}

bool reader::on_object_end(std::size_t, error&)
{
    if (close('}'))
        return true;
    frame& f = frames_[depth_ - 1];
    if (f.t->kind == kind::object && !options_.lenient) {
        for (std::uint32_t n = 0; n != f.t->fields.size(); ++n) {
            const field& each = f.t->fields[n];
            if ((f.seen >> n & 1) == 0 && each.required() && !comes_from_elsewhere(each.name)) {
                report_inside({"missing", "Field required"}, each.name, n);
            }
        }
    }
    --depth_;
    return true;
}

bool reader::on_key(chars s, std::size_t, error&)
{
    std::string_view key = complete(s);
    if (raw_) {
        raw_comma();
        append_json_string(*raw_, key);
        *raw_ += ':';
    } else if (skipping_ == 0) {
        frame& f = frames_[depth_ - 1];
        if (f.t->kind == kind::object)
            object_key(f, key);
        else
            map_key(f, key);
    }
    scratch_.clear();
    return true;
}

void reader::object_key(frame& f, std::string_view key)
{
    const auto fields = static_cast<std::uint32_t>(f.t->fields.size());
    std::uint32_t found = none;
    // Senders mostly keep the order of the fields, so the next one is looked at first.
    for (std::uint32_t i = 0, at = f.next; i != fields; ++i, ++at) {
        if (at >= fields)
            at = 0;
        if (f.t->fields[at].name == key) {
            found = at;
            break;
        }
    }
    f.step = none;
    if (found == none || comes_from_elsewhere(key)) {
        if (options_.forbid_unknown && !options_.lenient) {
            report_inside({"extra_forbidden", "Extra inputs are not permitted"}, key, fields);
        }
        return;
    }
    if (f.seen >> found & 1) {
        report_inside({"value_error", "Value error, the field occurs more than once"}, key, found);
        return;
    }
    f.seen |= std::uint64_t{1} << found;
    f.step = found;
    f.next = found + 1;
}

void reader::map_key(frame& f, std::string_view key)
{
    f.value = f.t->container->insert(f.out, key, &f.key);
    ++f.step;
    if (!f.value) {
        report_inside({"value_error", "Value error, the key occurs more than once"}, key, f.step);
    }
}

bool reader::on_string(chars s, std::size_t, error&)
{
    std::string_view text = complete(s);
    bool hidden = false;
    if (raw_) {
        raw_comma();
        append_json_string(*raw_, text);
    } else if (skipping_ == 0) {
        slot to = unwrap(next());
        if (to.t && to.t->kind == kind::raw) {
            auto& out = *static_cast<std::string*>(to.out);
            out.clear();
            append_json_string(out, text);
        } else if (to.t) {
            hidden = to.t->kind == kind::secret;
            if (auto p = set_text(*to.t, to.out, text, bounds()))
                report(std::move(p));
        }
    }
    if (hidden && !scratch_.empty())
        wipe(scratch_);
    scratch_.clear();
    return true;
}

bool reader::number(chars s)
{
    std::string_view text = complete(s);
    if (raw_) {
        raw_comma();
        raw_->append(text);
    } else if (skipping_ == 0) {
        slot to = unwrap(next());
        if (to.t && to.t->kind == kind::raw)
            static_cast<std::string*>(to.out)->assign(text);
        else if (to.t)
            if (auto p = set_number(*to.t, to.out, text))
                report(std::move(p));
    }
    scratch_.clear();
    return true;
}

bool reader::on_bool(bool b, error&)
{
    std::string_view text = b ? "true" : "false";
    if (raw_) {
        raw_comma();
        raw_->append(text);
    } else if (skipping_ == 0) {
        slot to = unwrap(next());
        if (to.t && to.t->kind == kind::raw)
            static_cast<std::string*>(to.out)->assign(text);
        else if (to.t && to.t->kind == kind::boolean)
            *static_cast<bool*>(to.out) = b;
        else if (to.t)
            report(wrong_type(*to.t));
    }
    return true;
}

bool reader::on_null(error&)
{
    if (raw_) {
        raw_comma();
        raw_->append("null");
    } else if (skipping_ == 0) {
        slot to = next();
        if (to.t && to.t->kind == kind::optional)
            to.t->container->clear(to.out);
        else if (to.t && to.t->kind == kind::raw)
            static_cast<std::string*>(to.out)->assign("null");
        else if (to.t)
            report(wrong_type(*to.t));
    }
    return true;
}

/// A violation at the present value, followed by `last` where there is one.
void reader::report(problem p, std::optional<std::string_view> last, std::uint32_t place)
{
    if (entries_.size() == max_violations)
        return;
    entry e{{{std::string{options_.root}}, std::move(p.msg), std::string{p.type}}, {}, entries_.size()};
    for (std::size_t i = 0; i != depth_; ++i) {
        const frame& f = frames_[i];
        e.place.push_back(f.step);
        if (f.t->kind == kind::object) {
            e.what.loc.emplace_back(f.t->fields[f.step].name);
        } else if (f.t->kind == kind::map) {
            e.what.loc.push_back(shown(*f.key));
        } else {
            e.what.indexes |= std::uint64_t{1} << e.what.loc.size();
            e.what.loc.push_back(std::to_string(f.step - 1));
        }
    }
    if (last) {
        e.place.push_back(place);
        e.what.loc.push_back(shown(*last));
    }
    entries_.push_back(std::move(e));
}

/// A violation at a field or key of the innermost container, whatever its present value is.
void reader::report_inside(problem p, std::string_view key, std::uint32_t place)
{
    --depth_;
    report(std::move(p), key, place);
    ++depth_;
}

std::vector<violation> reader::violations()
{
    std::ranges::sort(entries_, {}, [](const entry& e) { return std::tie(e.place, e.arrival); });
    std::vector<violation> all;
    all.reserve(entries_.size());
    for (entry& e : entries_)
        all.push_back(std::move(e.what));
    return all;
}

} // namespace edm::describing
