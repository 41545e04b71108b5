#include "control_session.hpp"

#include "data_directory.hpp"
#include "program.hpp"

#include <fmt/format.h>

#include <csignal>

namespace edm::app {

namespace {

std::filesystem::path data_of_settings()
{
    program declared;
    declared.look_at_settings(config::process_environment(), ".env");
    return *declared.platform.data_dir;
}

} // namespace

control_session::control_session(new_data fresh)
{
    auto data = data_of_settings();
    std::error_code problem;
    auto socket = data_directory::socket_of(data);
    bool used =
        std::filesystem::exists(data_directory::lock_of(data), problem) || std::filesystem::exists(socket, problem);
    if (!used && fresh == new_data::refused)
        throw usage_error(fmt::format("EDM_DATA_DIR: no program has run over {} yet; run this where it runs, with its "
                                      "settings",
                                      std::filesystem::absolute(data, problem).lexically_normal().string()));
    client_ = std::make_unique<control_client>(socket);
    if (client_->answered())
        return;
    // As in a process that serves: these are errors of calls, not ends of the program.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    own_ = std::make_unique<process>();
    own_->start(process::reach::control_only);
}

control_session::~control_session()
{
    if (own_)
        own_->stop();
}

boost::json::value control_session::get(std::string target, milliseconds limit) const
{
    return ask({.target = std::move(target), .limit = limit});
}

boost::json::value control_session::post(std::string target, const boost::json::value& body, milliseconds limit) const
{
    return ask({.method = "POST",
                .target = std::move(target),
                .content_type = "application/json",
                .body = boost::json::serialize(body),
                .limit = limit});
}

boost::json::value control_session::ask(const control_request& r) const
{
    auto answer = send(r);
    if (answer.status < 200 || answer.status > 299)
        throw command_failed(reason_of(answer));
    boost::json::error_code problem;
    auto value = boost::json::parse(answer.body, problem);
    if (problem)
        throw command_failed("the running process gave an answer that is no JSON; is it of another version?");
    return value;
}

std::string reason_of(const control_answer& answer)
{
    boost::json::error_code problem;
    auto value = boost::json::parse(answer.body, problem);
    const auto* object = problem ? nullptr : value.if_object();
    auto text_in = [](const boost::json::value* in, std::string_view name) -> const boost::json::string* {
        const auto* fields = in ? in->if_object() : nullptr;
        const auto* field = fields ? fields->if_contains(name) : nullptr;
        return field ? field->if_string() : nullptr;
    };
    if (object) {
        if (const auto* sentence = text_in(object->if_contains("details"), "description"))
            return std::string{*sentence};
        const auto* problems = object->if_contains("detail");
        if (const auto* list = problems ? problems->if_array() : nullptr; list && !list->empty())
            if (const auto* sentence = text_in(&list->front(), "msg"))
                return std::string{*sentence};
    }
    return fmt::format("the running process answered with status {}", answer.status);
}

} // namespace edm::app
