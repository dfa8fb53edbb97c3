#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace frontrow::http {

class live_listener;

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view problem_type = "application/problem+json";

/// What a handler answers: a plain value. The listener adds Content-Length, X-Trace-Id, Date,
/// X-Content-Type-Options, Cache-Control (`no-store`, beside an ETag `no-cache`) unless the handler has named it, and what
/// the connection needs.
///
/// The body is either `text` (owned) or, when set, `shared`: a text that was built once and is sent to
/// many without a copy. `content_type` and the names in `headers` must outlive the response: literals.
/// With a `stream` the body is what the stream brings, for as long as it lasts: server-sent events, or, with status
/// 101, a WebSocket.
struct response {
  unsigned status = 200;
  std::string_view content_type = json_type;
  std::string text;
  std::shared_ptr<const std::string> shared;
  std::vector<std::pair<std::string_view, std::string>> headers;
  std::shared_ptr<live_listener> stream = nullptr;

  std::string_view body() const { return shared ? std::string_view{*shared} : std::string_view{text}; }

  response&& with(std::string_view name, std::string value) && {
    headers.emplace_back(name, std::move(value));
    return std::move(*this);
  }
  response& with(std::string_view name, std::string value) & {
    headers.emplace_back(name, std::move(value));
    return *this;
  }
  /// The value of the first header of that name; empty when there is none.
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name)
        return value;
    return {};
  }
};

/// JSON text that the handler has made.
inline response json_text(unsigned status, std::string text) {
  return {.status = status, .content_type = json_type, .text = std::move(text), .shared = {}, .headers = {}};
}

/// JSON text made once and kept: sent without a copy.
inline response shared_json(std::shared_ptr<const std::string> text) {
  return {.status = 200, .content_type = json_type, .text = {}, .shared = std::move(text), .headers = {}};
}

/// 204.
inline response no_content() {
  return {.status = 204, .content_type = {}, .text = {}, .shared = {}, .headers = {}};
}

/// 304 with the ETag that still holds (quotes included).
inline response not_modified(std::string etag) {
  response answer{.status = 304, .content_type = {}, .text = {}, .shared = {}, .headers = {}};
  answer.with("ETag", std::move(etag));
  return answer;
}

/// Whether an If-None-Match header names this strong ETag (quotes included) or is `*` (RFC 9110, 13.1.2:
/// the weak comparison, so W/"x" matches "x").
bool etag_matches(std::string_view if_none_match, std::string_view etag);

/// "Not Found" for 404; "Unknown" for what Frontrow never answers.
std::string_view reason_phrase(unsigned status);

} // namespace frontrow::http
