#pragma once

/// Describe a struct once with BOOST_DESCRIBE_STRUCT; decoding with every violation, encoding and JSON Schema follow.
#include <edm/describe/decode.hpp>
#include <edm/describe/encode.hpp>
#include <edm/describe/reflect.hpp>
#include <edm/describe/schema.hpp>
#include <edm/describe/type.hpp>
#include <edm/describe/types.hpp>
