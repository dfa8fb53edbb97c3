#include "http/rate_limit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>

namespace frontrow::http {

namespace {

using bucket_key = std::array<std::uint8_t, 16>;

struct hash_of_key {
  std::size_t operator()(const bucket_key& key) const noexcept {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, key.data(), 8);
    std::memcpy(&low, key.data() + 8, 8);
    // Multiplicative mixing (constants of splitmix64): addresses of one network differ in few bits.
    auto mixed = (high ^ (low * 0x9e3779b97f4a7c15U)) * 0xbf58476d1ce4e5b9U;
    return mixed ^ (mixed >> 31);
  }
};

} // namespace

/// Buckets by key, the least recently used leaving first; in shards, as every request comes by.
class rate_limits::table {
public:
  table(bucket_size size, std::size_t entries_max)
      : size_(size), shard_max_(std::max<std::size_t>(1, entries_max / shards_.size())) {}

  std::optional<std::chrono::milliseconds> take(const bucket_key& key, time_point now) {
    auto& part = shards_[hash_of_key{}(key) >> 7 & (shards_.size() - 1)];
    std::lock_guard lock{part.mutex};
    auto& own = bucket_of(part, key, now);
    if (now > own.filled_at) {
      auto elapsed = std::chrono::duration<double>(now - own.filled_at).count();
      own.tokens = std::min(size_.burst, own.tokens + elapsed * size_.per_second);
      own.filled_at = now;
    }
    if (own.tokens >= 1) {
      own.tokens -= 1;
      return std::nullopt;
    }
    auto wait = std::ceil((1 - own.tokens) / size_.per_second * 1000);
    return std::chrono::milliseconds{static_cast<std::int64_t>(std::clamp(wait, 1.0, 3'600'000.0))};
  }
  std::size_t size() {
    std::size_t total = 0;
    for (auto& part : shards_) {
      std::lock_guard lock{part.mutex};
      total += part.recent.size();
    }
    return total;
  }

private:
  struct bucket {
    bucket_key key;
    double tokens;
    time_point filled_at;
  };
  struct shard {
    std::mutex mutex;
    std::list<bucket> recent;
    std::unordered_map<bucket_key, std::list<bucket>::iterator, hash_of_key> by_key;
  };

  bucket& bucket_of(shard& part, const bucket_key& key, time_point now) {
    if (auto found = part.by_key.find(key); found != part.by_key.end()) {
      part.recent.splice(part.recent.begin(), part.recent, found->second);
      return part.recent.front();
    }
    part.recent.push_front({key, size_.burst, now});
    part.by_key.emplace(key, part.recent.begin());
    if (part.recent.size() > shard_max_) {
      part.by_key.erase(part.recent.back().key);
      part.recent.pop_back();
    }
    return part.recent.front();
  }

  bucket_size size_;
  std::array<shard, 16> shards_;
  std::size_t shard_max_;
};

rate_limits::rate_limits(const rate_limit_options& options)
    : options_(options), users_(std::make_unique<table>(options.per_user, options.entries_max)),
      addresses_(std::make_unique<table>(options.per_address, options.entries_max)) {}

rate_limits::~rate_limits() = default;

std::optional<std::chrono::milliseconds> rate_limits::refuse_user(domain::user_id user, time_point now) {
  if (options_.limits == rate_limit_options::state::off)
    return std::nullopt;
  bucket_key key{};
  std::memcpy(key.data(), &user, sizeof(user));
  return users_->take(key, now);
}

std::optional<std::chrono::milliseconds> rate_limits::refuse_address(const peer_address& address,
                                                                     time_point now) {
  if (options_.limits == rate_limit_options::state::off)
    return std::nullopt;
  return addresses_->take(address.network().bytes, now);
}

std::size_t rate_limits::remembered() const {
  return users_->size() + addresses_->size();
}

} // namespace frontrow::http
