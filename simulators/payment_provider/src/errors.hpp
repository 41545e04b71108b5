#pragma once

#include <edm/core/result.hpp>

namespace edm::payment_provider {

inline constexpr error_kind payment_info_error{400, "pprovider_payment_info_error",
                                               "The payment information is invalid."};
inline constexpr error_kind api_key_error{401, "pprovider_api_key_error", "The API key is missing or wrong."};

} // namespace edm::payment_provider
