#include "http/front_door.hpp"

#include "config/log_line.hpp"

#include <exception>
#include <optional>
#include <string>

namespace frontrow::http {

using std::chrono::steady_clock;

namespace {

response too_many_requests(const request& asked, std::chrono::milliseconds wait) {
  return asked.problem(error_code::rate_limited, "Too many requests; wait before asking again",
                       {{"retryAfterMs", wait.count()}});
}

bool same_but_for_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size())
    return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto c = text[at];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[at])
      return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos)
    return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// application/json, with no parameter but charset=utf-8.
bool is_json_type(std::string_view content_type) {
  auto semicolon = content_type.find(';');
  if (!same_but_for_case(trimmed(content_type.substr(0, semicolon)), json_type))
    return false;
  if (semicolon == std::string_view::npos)
    return true;
  auto parameter = trimmed(content_type.substr(semicolon + 1));
  return parameter.empty() || same_but_for_case(parameter, "charset=utf-8") ||
         same_but_for_case(parameter, "charset=\"utf-8\"");
}

} // namespace

void settle_trace_id(request& asked) {
  if (asked.trace_id.empty())
    asked.trace_id =
        is_trace_id(asked.headers.trace_id) ? std::string{asked.headers.trace_id} : new_trace_id();
}

std::optional<response> without_route(request& asked, const route_table& routes) {
  auto outcome = routes.find(asked.verb, asked.path, asked.parameters);
  asked.matched = outcome.found;
  if (outcome.found != nullptr)
    return std::nullopt;
  if (!outcome.path_known)
    return asked.problem(error_code::not_found, "There is nothing at this path");
  return asked.problem(error_code::method_not_allowed, "This path does not take this method")
      .with("Allow", routes.allowed(outcome));
}

std::optional<response> without_json_type(const request& asked) {
  auto takes_body = asked.verb == method::post || asked.verb == method::patch || asked.verb == method::put;
  if (!takes_body || asked.body.empty() || is_json_type(asked.headers.content_type))
    return std::nullopt;
  return asked.problem(error_code::unsupported_media_type, "Content-Type must be application/json");
}

front_door::front_door(parts with)
    : with_(std::move(with)), counted_(with_.figures, "public", with_.routes), log_(with_.access) {}

void front_door::open(request_context& asked) const {
  settle_trace_id(asked);
  asked.received_at = with_.now();
}

std::optional<response> front_door::without_login(request_context& asked, steady_clock::time_point begun) {
  auto who = asked.matched->who;
  if (who == access::open)
    return std::nullopt;
  if (asked.headers.authorization.data() == nullptr) {
    if (who == access::optional)
      return std::nullopt;
    return asked.problem(error_code::unauthorized,
                         "An access token is needed: Authorization: Bearer <token>");
  }
  auto token = bearer_token(asked.headers.authorization);
  auto user = token ? with_.tokens.verify(*token, asked.received_at) : std::nullopt;
  if (!user)
    return asked.problem(error_code::unauthorized, "The access token is not valid or has expired");
  asked.caller = *user;
  if (auto wait = with_.limits.refuse_user(*user, begun))
    return too_many_requests(asked, *wait);
  return std::nullopt;
}

std::optional<response> front_door::turned_away(request_context& asked, steady_clock::time_point begun) {
  if (auto wait = with_.limits.refuse_address(asked.peer, begun))
    return too_many_requests(asked, *wait);
  if (auto missed = without_route(asked, with_.routes))
    return missed;
  if (auto unreadable = without_json_type(asked))
    return unreadable;
  if (asked.headers.idempotency_key.data() != nullptr) {
    if (!is_idempotency_key(asked.headers.idempotency_key))
      return asked.invalid("Idempotency-Key must have 1 to 64 visible ASCII characters");
    asked.idempotency_key = asked.headers.idempotency_key;
  }
  asked.queue_token = asked.headers.queue_token;
  return without_login(asked, begun);
}

awaitable<response> front_door::handle(request_context& asked) {
  auto begun = steady_clock::now();
  response answered;
  std::optional<std::string> failure;
  try {
    open(asked);
    if (auto refused = turned_away(asked, begun))
      answered = std::move(*refused);
    else
      answered = co_await with_.routes.handler_of(*asked.matched)(asked);
  } catch (const std::exception& thrown) {
    failure = thrown.what();
  } catch (...) {
    failure = "an exception of an unknown type";
  }
  if (failure) {
    if (with_.errors) {
      config::log_line line{"a handler failed"};
      line.with("route", asked.matched != nullptr ? asked.matched->name : "-").with("what", *failure);
      with_.errors->log(spdlog::level::err,
                        spdlog::string_view_t{line.with("traceId", asked.trace_id).text()});
    }
    answered =
        asked.problem(error_code::internal, "The request failed; the trace id tells the operator more");
  }
  done(asked, answered, begun);
  co_return answered;
}

response front_door::refuse(request_context& asked, error_code code, std::string_view detail) {
  auto begun = steady_clock::now();
  open(asked);
  auto answered = asked.problem(code, detail);
  done(asked, answered, begun);
  return answered;
}

void front_door::stream_over(const stream_report& report, const peer_address& peer, double seconds) const {
  log_.write(report, peer, seconds);
}

void front_door::done(const request_context& asked, const response& answered,
                      steady_clock::time_point begun) {
  auto seconds = std::chrono::duration<double>(steady_clock::now() - begun).count();
  counted_.count(asked.matched, answered.status, seconds);
  log_.write(asked, asked.caller, answered, seconds);
}

} // namespace frontrow::http
