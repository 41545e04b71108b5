#pragma once

#include <edm/core/result.hpp>
#include <edm/core/task.hpp>
#include <edm/delivery/call.hpp>
#include <edm/service/resources.hpp>

#include <string>

namespace edm {

/// Sends the mail of an item of due work of `service`: with the Message-ID of that item, which is the same however
/// often it is sent, and the trace of `by`. Its failure makes the platform try again.
task<result<nothing>> send_mail(const resources& from, call& by, std::string service, std::string item, mail message);

} // namespace edm
