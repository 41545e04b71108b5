#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace edm::observability {

/// The text format 0.0.4, read by the letter of its specification. `problem` is set where a line does not follow it.
struct exposition
{
    struct sample
    {
        std::string name;
        std::map<std::string, std::string> labels;
        double value;
    };
    std::map<std::string, std::string> help;
    std::map<std::string, std::string> type;
    std::vector<sample> samples;
    std::string problem;

    explicit exposition(const std::string& text)
    {
        std::istringstream in{text};
        std::set<std::string> finished;
        std::string family;
        if (!text.empty() && text.back() != '\n')
            problem = "no newline at the end";
        for (std::string line; std::getline(in, line) && problem.empty();) {
            if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) {
                auto blank = line.find(' ', 7);
                auto name = line.substr(7, blank - 7);
                auto& into = line[2] == 'H' ? help : type;
                if (!into.emplace(name, line.substr(blank + 1)).second)
                    problem = "twice: " + line;
                if (name != family && !finished.insert(name).second)
                    problem = "a family in two parts: " + line;
                family = name;
            } else {
                read_sample(line);
                if (problem.empty() && !samples.back().name.starts_with(family))
                    problem = "outside its family: " + line;
            }
        }
    }

    /// The value of a series; fails the test where there is none.
    double value(const std::string& name, const std::map<std::string, std::string>& labels = {}) const
    {
        for (const auto& one : samples) {
            if (one.name == name && one.labels == labels)
                return one.value;
        }
        ADD_FAILURE() << "no series " << name;
        return -1;
    }
    bool has(const std::string& name) const
    {
        for (const auto& one : samples) {
            if (one.name == name)
                return true;
        }
        return false;
    }

  private:
    void read_sample(const std::string& line)
    {
        sample out;
        auto at = line.find_first_of("{ ");
        out.name = line.substr(0, at);
        if (at != line.npos && line[at] == '{') {
            for (++at; at < line.size() && line[at] != '}';) {
                auto equals = line.find("=\"", at);
                if (equals == line.npos)
                    return fail(line);
                auto name = line.substr(at, equals - at);
                std::string value;
                for (at = equals + 2; at < line.size() && line[at] != '"'; ++at) {
                    if (line[at] == '\\')
                        value += line[++at] == 'n' ? '\n' : line[at];
                    else
                        value += line[at];
                }
                if (!out.labels.emplace(name, value).second)
                    return fail(line);
                if (line[++at] == ',')
                    ++at;
            }
            ++at;
        }
        if (at >= line.size() || line[at] != ' ')
            return fail(line);
        std::size_t used = 0;
        auto number = line.substr(at + 1);
        out.value = std::stod(number, &used);
        if (used != number.size())
            return fail(line);
        samples.push_back(std::move(out));
    }
    void fail(const std::string& line) { problem = "malformed: " + line; }
};

} // namespace edm::observability
