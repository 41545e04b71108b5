#pragma once

// The face of the platform: all that a service includes.

#include <edm/core/environment.hpp>
#include <edm/core/result.hpp>
#include <edm/core/task.hpp>
#include <edm/core/text.hpp>
#include <edm/describe/describe.hpp>
#include <edm/observability/log.hpp>
#include <edm/service/registry.hpp>

#include <fmt/format.h>
