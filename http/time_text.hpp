#pragma once

#include "domain/identity.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Times as text, RFC 3339: the only place where one becomes the other.
namespace frontrow::http {

/// 2026-12-24T11:00:00.000Z. Years 0000 to 9999; outside of these the nearest that can be written.
std::string format_time(domain::instant at);

/// A full date and time with `Z` or a numeric offset, with up to nine digits of fraction (cut to
/// milliseconds). Nothing when it is not exactly that, when the date does not exist (02-30), or for a leap
/// second (:60): a clock that counts milliseconds since 1970 has no number for it.
std::optional<domain::instant> parse_time(std::string_view text);

/// YYYY-MM-DD, the day in UTC.
std::string format_date(domain::instant at);
std::optional<std::chrono::year_month_day> parse_date(std::string_view text);

/// IMF-fixdate of RFC 9110 for the Date header: Thu, 24 Dec 2026 11:00:00 GMT.
std::string format_http_date(domain::instant at);

} // namespace frontrow::http
