#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace frontrow::http {

/// The text with %XX undone, or nothing when an escape is cut short or no hex. `+` stays.
std::optional<std::string> percent_decoded(std::string_view text);

/// Well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong).
bool is_utf8(std::string_view text);

} // namespace frontrow::http
