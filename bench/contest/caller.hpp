#pragma once

#include "bench/contest/contender.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace frontrow::bench {

/// Somebody who asks a system for things, in the bytes of HTTP/1.1.
class caller {
public:
  /// `with`: what the system checks. Signs the access token: not for the middle of a load.
  caller(std::int64_t user, checks with);

  std::int64_t user() const { return user_; }
  void got_token(std::string_view queue_token) { queue_token_ = queue_token; }
  const std::string& token() const { return queue_token_; }

  std::string join(std::int64_t concert) const;
  std::string poll() const;
  std::string leave() const;
  std::string hold(std::int64_t option, int seat) const;
  std::string hold_best(std::int64_t option, int count) const;
  std::string charge(std::int64_t amount) const;
  std::string pay(std::string_view reservation) const;

private:
  /// Every changing request has a key of its own where keys are checked.
  std::string changing(std::string_view verb, std::string_view target, std::string_view body) const;
  std::string head(std::string_view verb, std::string_view target) const;

  std::int64_t user_;
  checks with_;
  std::string login_;
  std::string queue_token_;
  mutable std::uint64_t keys_ = 0;
};

/// A GET without a login; `etag` becomes If-None-Match unless it is empty.
std::string plain_get(std::string_view target, std::string_view etag = {});

} // namespace frontrow::bench
