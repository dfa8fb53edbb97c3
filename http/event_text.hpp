#pragma once

#include "http/live_listener.hpp"

#include <chrono>
#include <string>
#include <string_view>

/// Server-sent events (WHATWG HTML, 9.2) as text.
///
///   event   = [ "event: " name LF ] [ "id: " id LF ] "data: " one line LF LF
///   comment = ":" LF LF
///   retry   = "retry: " milliseconds LF LF
namespace frontrow::http {

inline constexpr std::string_view event_stream_type = "text/event-stream";
inline constexpr std::string_view comment_text = ":\n\n";
inline constexpr std::string_view event_tail = "\n\n";

/// What stands before the event's body; `event_tail` stands behind it.
std::string event_head(const live_event& event);
std::string retry_text(std::chrono::milliseconds after);

} // namespace frontrow::http
