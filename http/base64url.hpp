#pragma once

#include <optional>
#include <string>
#include <string_view>

/// base64url without padding (RFC 4648, 5).
namespace frontrow::http {

std::string base64url(std::string_view bytes);

/// Nothing unless `text` is the one text of its bytes: what is signed has one form.
std::optional<std::string> from_base64url(std::string_view text);

} // namespace frontrow::http
