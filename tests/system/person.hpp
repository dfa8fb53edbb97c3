#pragma once

#include "http_client.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace frontrow::test {

/// Somebody with a login, who may have a place in a queue. Makes requests; sends none.
class person {
public:
  /// A new one: no two in one test program are alike.
  person();
  explicit person(std::int64_t user);

  http_request get(const std::string& target) const { return request("GET", target); }
  http_request remove(const std::string& target) const { return request("DELETE", target); }
  /// `key` becomes the Idempotency-Key unless it is empty.
  http_request post(const std::string& target, const json& body, const std::string& key = "") const;

  http_request join(std::int64_t concert, const std::string& key = "") const;
  http_request poll() const { return get("/api/v1/queue"); }
  http_request leave() const { return remove("/api/v1/queue"); }
  http_request hold(std::int64_t option, const std::vector<int>& seats, const std::string& key = "") const;
  http_request hold_best(std::int64_t option, int count, const std::string& key = "") const;
  http_request release(const std::string& reservation) const { return remove("/api/v1/reservations/" + reservation); }
  http_request reservation(const std::string& id) const { return get("/api/v1/reservations/" + id); }
  http_request charge(std::int64_t amount, const std::string& key = "") const;
  http_request balance() const { return get("/api/v1/balance"); }
  http_request pay(const std::string& reservation, const std::string& key = "") const;
  http_request payment(const std::string& id) const { return get("/api/v1/payments/" + id); }
  http_request cancel(const std::string& payment, const std::string& key = "") const;

  std::int64_t user;
  std::string access_token;
  std::string queue_token;

private:
  http_request request(const std::string& verb, const std::string& target) const;
};

} // namespace frontrow::test
