#include "http/access_token.hpp"

#include "http/base64url.hpp"
#include "http/openssl_bytes.hpp"
#include "http/token_key.hpp"
#include "persistence/json_text.hpp"

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <charconv>
#include <cstdlib>
#include <jwt.h>
#include <mutex>
#include <utility>

namespace frontrow::http {

namespace {

using jwt_ptr = std::unique_ptr<jwt_t, decltype(&jwt_free)>;

std::int64_t seconds_of(domain::instant at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

std::optional<domain::user_id> user_in(std::string_view digits) {
  domain::user_id user = 0;
  auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), user);
  if (error != std::errc{} || stop != digits.data() + digits.size() || user <= 0 || digits.front() == '0')
    return std::nullopt;
  return user;
}

/// {"alg":"HS256","typ":"JWT"} and the other way round, as nearly all tokens of that algorithm begin.
constexpr std::string_view usual_headers[] = {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
                                              "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"};

/// Whether it names the algorithm and asks for nothing that we do not understand.
bool is_plain_header(std::string_view encoded, std::string_view algorithm) {
  if (algorithm == "HS256" && std::ranges::find(usual_headers, encoded) != std::end(usual_headers))
    return true;
  const auto text = from_base64url(encoded);
  if (!text)
    return false;
  persistence::json_reader reader{*text};
  std::string named;
  return reader.object([&](std::string_view member) {
    if (member == "crit") // RFC 7515, 4.1.11: extensions that must be understood; we understand none
      return false;
    return member == "alg" ? reader.string(named) : reader.skip();
  }) && reader.at_end() && named == algorithm;
}

} // namespace

struct access_tokens::verified {
  domain::user_id user;
  std::int64_t expires; ///< seconds since 1970; good while now is before it
  std::int64_t begins;  ///< good from then on

  bool good_at(std::int64_t second) const { return begins <= second && second < expires; }
};

/// Nothing when a claim that counts is missing, or none of its type.
std::optional<access_tokens::verified> access_tokens::verified_by(std::string_view claims) {
  persistence::json_reader reader{claims};
  std::string subject;
  std::optional<std::int64_t> expires;
  std::int64_t begins = 0;
  const auto read = reader.object([&](std::string_view claim) {
    if (claim == "sub")
      return reader.string(subject);
    if (claim == "exp")
      return reader.integer(expires.emplace());
    return claim == "nbf" ? reader.integer(begins) : reader.skip();
  });
  const auto user = user_in(subject);
  if (!read || !reader.at_end() || !user || !expires)
    return std::nullopt;
  return verified{*user, *expires, begins};
}

/// The last tokens that proved genuine, in two generations: whoever comes again is of the younger one; when that is full,
/// it becomes the older one, and those who did not come meanwhile go. In shards, since every request of every thread
/// comes by.
class access_tokens::cache {
  /// By the signature's last letters alone: of genuine tokens, and no others are kept, they are as good as random.
  struct hash_of_token {
    using is_transparent = void;
    std::size_t operator()(std::string_view token) const noexcept {
      constexpr std::size_t enough = 16;
      return std::hash<std::string_view>{}(token.substr(token.size() - std::min(token.size(), enough)));
    }
  };
  using generation = boost::unordered_flat_map<std::string, verified, hash_of_token, std::equal_to<>>;

public:
  explicit cache(std::size_t entries_max)
      : generation_max_(std::max<std::size_t>(1, entries_max / shards_.size() / 2)) {}

  std::optional<verified> find(std::string_view token) {
    generation gone; // destroyed outside the lock
    auto& part = shard_of(token);
    std::lock_guard lock{part.mutex};
    if (const auto found = part.younger.find(token); found != part.younger.end())
      return found->second;
    const auto found = part.older.find(token);
    if (found == part.older.end())
      return std::nullopt;
    const auto content = found->second;
    part.older.erase(found);
    gone = put(part, token, content);
    return content;
  }
  void put(std::string_view token, const verified& content) {
    generation gone;
    auto& part = shard_of(token);
    std::lock_guard lock{part.mutex};
    gone = put(part, token, content);
  }
  void drop(std::string_view token) {
    auto& part = shard_of(token);
    std::lock_guard lock{part.mutex};
    for (auto* tokens : {&part.younger, &part.older})
      if (const auto found = tokens->find(token); found != tokens->end())
        tokens->erase(found);
  }
  std::size_t size() {
    std::size_t total = 0;
    for (auto& part : shards_) {
      std::lock_guard lock{part.mutex};
      total += part.younger.size() + part.older.size();
    }
    return total;
  }

private:
  struct shard {
    std::mutex mutex;
    generation younger;
    generation older;
  };

  /// Returns those who went.
  generation put(shard& part, std::string_view token, const verified& content) {
    generation gone;
    if (part.younger.size() >= generation_max_) {
      gone = std::exchange(part.older, std::exchange(part.younger, {}));
      part.younger.reserve(generation_max_); // it will be as large
    }
    part.younger.emplace(std::string{token}, content);
    return gone;
  }
  shard& shard_of(std::string_view token) {
    // By the signature's last letters, which are as good as random, and not by the tables' own hash.
    std::size_t mixed = 0;
    for (const char c : token.substr(token.size() < 4 ? 0 : token.size() - 4))
      mixed = mixed * 31 + static_cast<unsigned char>(c);
    return shards_[mixed % shards_.size()];
  }

  std::array<shard, 16> shards_;
  std::size_t generation_max_;
};

access_tokens::access_tokens(access_token_options options)
    : options_(std::move(options)),
      key_(options_.signed_with == access_token_options::algorithm::rs256 ? rs256_key(options_.public_key)
                                                                          : hs256_key(options_.secret)),
      cache_(options_.signed_with == access_token_options::algorithm::rs256
                 ? std::make_unique<cache>(options_.cache_entries_max)
                 : nullptr) {}

access_tokens::~access_tokens() = default;

std::optional<std::string> access_tokens::issue(domain::user_id user, domain::instant now,
                                                domain::instant expires_at) const {
  if (options_.signed_with != access_token_options::algorithm::hs256)
    return std::nullopt;
  jwt_t* made = nullptr;
  if (jwt_new(&made) != 0)
    return std::nullopt;
  jwt_ptr token{made, &jwt_free};
  auto failed = jwt_add_grant(made, "sub", std::to_string(user).c_str());
  failed |= jwt_add_grant_int(made, "iat", seconds_of(now));
  failed |= jwt_add_grant_int(made, "exp", seconds_of(expires_at));
  failed |=
      jwt_set_alg(made, JWT_ALG_HS256, bytes_of(options_.secret), static_cast<int>(options_.secret.size()));
  if (failed != 0)
    return std::nullopt;
  std::unique_ptr<char, decltype(&std::free)> text{jwt_encode_str(made), &std::free};
  if (!text)
    return std::nullopt;
  return std::string{text.get()};
}

std::optional<access_tokens::verified> access_tokens::check(std::string_view token) const {
  // The signature first, and by the configured key and algorithm alone: nothing else of a forged token is
  // looked at.
  const auto parted = token.find('.'), dot = token.rfind('.');
  if (parted == dot) // three parts; a dot more is no letter of base64url
    return std::nullopt;
  const auto signature = from_base64url(token.substr(dot + 1));
  if (!signature || !key_->has_signed(token.substr(0, dot), *signature))
    return std::nullopt;
  const auto claims = from_base64url(token.substr(parted + 1, dot - parted - 1));
  if (!claims || !is_plain_header(token.substr(0, parted), key_->algorithm()))
    return std::nullopt;
  return verified_by(*claims);
}

std::optional<domain::user_id> access_tokens::verify(std::string_view token, domain::instant now) const {
  if (token.size() > options_.token_bytes_max)
    return std::nullopt;
  auto second = seconds_of(now);
  if (auto known = cache_ ? cache_->find(token) : std::nullopt) {
    if (known->good_at(second))
      return known->user;
    cache_->drop(token);
    return std::nullopt;
  }
  auto content = check(token);
  if (!content || !content->good_at(second))
    return std::nullopt;
  if (cache_)
    cache_->put(token, *content);
  return content->user;
}

std::size_t access_tokens::cached() const {
  return cache_ ? cache_->size() : 0;
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size())
    return std::nullopt;
  for (std::size_t at = 0; at < scheme.size(); ++at) {
    auto c = authorization[at];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != scheme[at])
      return std::nullopt;
  }
  auto from = authorization.find_first_not_of(' ', scheme.size());
  if (from == std::string_view::npos)
    return std::nullopt;
  return authorization.substr(from);
}

} // namespace frontrow::http
