#pragma once

#include "domain/identity.hpp"
#include "http/peer_address.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

namespace frontrow::http {

/// A token bucket: `burst` requests at once, `per_second` for ever.
struct bucket_size {
  double per_second;
  double burst;
};

struct rate_limit_options {
  enum class state { off, on } limits = state::on;
  /// One person at a browser: a page makes a few requests a second; a hasty one retries in bulk.
  bucket_size per_user{50, 500};
  /// One address may be a whole campus or carrier behind NAT, hence far more than one person's.
  bucket_size per_address{5'000, 20'000};
  /// Users and addresses remembered, each (about 100 B). The least recently seen is forgotten first, which
  /// can only give it a full bucket again.
  std::size_t entries_max = 200'000;
};

/// Token buckets per user and per address (IPv6: per /64). Safe from any thread. Time is handed in and
/// comes from the monotonic clock.
class rate_limits {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit rate_limits(const rate_limit_options& options);
  ~rate_limits();

  /// Takes one request off the bucket. Nothing: go on. Otherwise how long until the next one would pass.
  std::optional<std::chrono::milliseconds> refuse_user(domain::user_id user, time_point now);
  std::optional<std::chrono::milliseconds> refuse_address(const peer_address& address, time_point now);
  /// Entries in both tables.
  std::size_t remembered() const;

private:
  class table;
  rate_limit_options options_;
  std::unique_ptr<table> users_;
  std::unique_ptr<table> addresses_;
};

} // namespace frontrow::http
