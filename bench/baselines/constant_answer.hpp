#pragma once

#include <string_view>

namespace frontrow::bench {

/// What those answer who only show how fast anybody can be: as long as Frontrow's answer to a join or a poll.
inline constexpr std::string_view constant_answer =
    R"({"queueToken":"0123456789abcdef0123456789abcdef0123456789","concertId":1,"userId":54321,"status":"WAITING",)"
    R"("position":54321,"ahead":54320,"etaSeconds":543,"pollAfterMs":5000,"validUntil":"2031-12-24T11:00:00.000Z"})";

} // namespace frontrow::bench
