#pragma once

#include "domain/identity.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Access tokens: JWTs (RFC 7519) whose `sub` is a user id.
namespace frontrow::http {

class token_key;

struct access_token_options {
  /// The one algorithm that is accepted, whatever a token's header says.
  enum class algorithm { hs256, rs256 } signed_with = algorithm::hs256;
  /// HS256: the cluster's secret. RFC 7518 wants at least `secret_bytes_advised`; must not be empty.
  std::string secret;
  /// RS256: the PEM text of the public key.
  std::string public_key;
  /// RS256: verified tokens kept in memory at the most (about 0.25 KB each). Those of half as many people who
  /// poll at the same time stay, but for a few: more than a full waiting room. HS256 keeps none: to check a
  /// token costs no more than to find it among those of a crowd, and less than to put it there.
  std::size_t cache_entries_max = 262'144;
  /// Longer ones are refused unread: an honest token has a few hundred bytes.
  std::size_t token_bytes_max = 4'096;

  static constexpr std::size_t secret_bytes_advised = 32;
};

/// Issues and verifies. Safe from any thread. Time is handed in.
class access_tokens {
public:
  /// Throws std::invalid_argument when the key is missing or unreadable.
  explicit access_tokens(access_token_options options);
  ~access_tokens();

  /// A token for the user, good until `expires_at` (cut to whole seconds). Nothing under RS256: whoever has
  /// the private key issues those.
  std::optional<std::string> issue(domain::user_id user, domain::instant now,
                                   domain::instant expires_at) const;
  /// Whose token it is. Nothing when anything is wrong with it: signature, algorithm, no `exp`, `exp` not
  /// after now, `nbf` after now, a `sub` that is not a positive int64 in decimal.
  std::optional<domain::user_id> verify(std::string_view token, domain::instant now) const;
  /// Tokens in the cache now; none under HS256.
  std::size_t cached() const;

private:
  struct verified;
  class cache;
  static std::optional<verified> verified_by(std::string_view claims);
  std::optional<verified> check(std::string_view token) const;

  access_token_options options_;
  std::unique_ptr<const token_key> key_;
  std::unique_ptr<cache> cache_; // null under HS256
};

/// The token in an `Authorization: Bearer <token>` value; nothing for any other scheme.
std::optional<std::string_view> bearer_token(std::string_view authorization);

} // namespace frontrow::http
