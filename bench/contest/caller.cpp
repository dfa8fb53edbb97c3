#include "bench/contest/caller.hpp"

#include "tests/system/access_token.hpp"

namespace frontrow::bench {

caller::caller(std::int64_t user, checks with)
    : user_(user), with_(with),
      login_(with == checks::same ? "Authorization: Bearer " + test::access_token_for(user) + "\r\n"
                                  : "X-User: " + std::to_string(user) + "\r\n") {}

std::string caller::head(std::string_view verb, std::string_view target) const {
  std::string text;
  text.reserve(512);
  text.append(verb).append(" ").append(target).append(" HTTP/1.1\r\nHost: bench\r\n").append(login_);
  if (!queue_token_.empty())
    text.append("Queue-Token: ").append(queue_token_).append("\r\n");
  return text;
}

std::string caller::changing(std::string_view verb, std::string_view target, std::string_view body) const {
  auto text = head(verb, target);
  if (with_ == checks::same)
    text.append("Idempotency-Key: k").append(std::to_string(++keys_)).append("\r\n");
  if (!body.empty())
    text.append("Content-Type: application/json\r\n");
  text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return text;
}

std::string caller::join(std::int64_t concert) const {
  return changing("POST", "/api/v1/concerts/" + std::to_string(concert) + "/queue", {});
}
std::string caller::poll() const {
  return head("GET", "/api/v1/queue") + "\r\n";
}
std::string caller::leave() const {
  return head("DELETE", "/api/v1/queue") + "\r\n";
}

std::string caller::hold(std::int64_t option, int seat) const {
  return changing("POST", "/api/v1/reservations",
                  "{\"optionId\":" + std::to_string(option) + ",\"seatIds\":[" + std::to_string(seat) + "]}");
}
std::string caller::hold_best(std::int64_t option, int count) const {
  return changing("POST", "/api/v1/reservations",
                  "{\"optionId\":" + std::to_string(option) +
                      ",\"bestAvailable\":{\"count\":" + std::to_string(count) + "}}");
}
std::string caller::charge(std::int64_t amount) const {
  return changing("POST", "/api/v1/balance/charges", "{\"amount\":" + std::to_string(amount) + "}");
}
std::string caller::pay(std::string_view reservation) const {
  std::string body = "{\"reservationId\":\"";
  body.append(reservation).append("\"}");
  return changing("POST", "/api/v1/payments", body);
}

std::string plain_get(std::string_view target, std::string_view etag) {
  std::string text = "GET ";
  text.append(target).append(" HTTP/1.1\r\nHost: bench\r\n");
  if (!etag.empty())
    text.append("If-None-Match: ").append(etag).append("\r\n");
  return text.append("\r\n");
}

} // namespace frontrow::bench
