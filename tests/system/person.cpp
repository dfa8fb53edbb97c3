#include "person.hpp"

#include "access_token.hpp"

#include <atomic>

namespace frontrow::test {

namespace {

/// Far above the numbers that POST /users gives out.
std::int64_t next_user() {
  static std::atomic<std::int64_t> last{1'000'000}; // buyers have threads of their own
  return ++last;
}

} // namespace

person::person() : person(next_user()) {}
person::person(std::int64_t user_) : user(user_), access_token(access_token_for(user_)) {}

http_request person::request(const std::string& verb, const std::string& target) const {
  http_request made(verb, target);
  made.with("Authorization", "Bearer " + access_token);
  if (!queue_token.empty())
    made.with("Queue-Token", queue_token);
  return made;
}

http_request person::post(const std::string& target, const json& body, const std::string& key) const {
  auto made = request("POST", target);
  if (!key.empty())
    made.with("Idempotency-Key", key);
  if (!body.is_null())
    made.with_json(body);
  return made;
}

http_request person::join(std::int64_t concert, const std::string& key) const {
  return post("/api/v1/concerts/" + std::to_string(concert) + "/queue", nullptr, key);
}

http_request person::hold(std::int64_t option, const std::vector<int>& seats, const std::string& key) const {
  return post("/api/v1/reservations", {{"optionId", option}, {"seatIds", seats}}, key);
}

http_request person::hold_best(std::int64_t option, int count, const std::string& key) const {
  return post("/api/v1/reservations", {{"optionId", option}, {"bestAvailable", {{"count", count}}}}, key);
}

http_request person::charge(std::int64_t amount, const std::string& key) const {
  return post("/api/v1/balance/charges", {{"amount", amount}}, key);
}

http_request person::pay(const std::string& reservation, const std::string& key) const {
  return post("/api/v1/payments", {{"reservationId", reservation}}, key);
}

http_request person::cancel(const std::string& payment, const std::string& key) const {
  return post("/api/v1/payments/" + payment + "/cancel", nullptr, key);
}

} // namespace frontrow::test
