#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Tickets that a door can check without asking anybody: a text signed with Ed25519 (RFC 8032).
///
///   ticket   = "FR1." base64url(facts) "." base64url(signature)       without padding; small enough for a QR code
///   facts    = JSON {"p": payment, "c": concert, "o": option, "u": user, "s": [seat number ...], "t": start}
///              with the start as RFC 3339
///   signature is over everything before the last dot.
///
/// A signature says that these seats were paid, not that they still are: a payment that was cancelled later has
/// ended its ticket, and a door that must know asks for it or carries a list of those.
namespace frontrow::http {

struct ticket_facts {
  std::string payment;
  std::int64_t concert = 0;
  std::int64_t option = 0;
  std::int64_t user = 0;
  std::vector<std::string> seats;
  std::string starts_at;
  bool operator==(const ticket_facts&) const = default;
};

/// Safe from any thread.
class ticket_signer {
public:
  /// `secret`: 64 hexadecimal digits, the seed of the key. Any other text is hashed into one.
  explicit ticket_signer(std::string_view secret);
  std::string sign(const ticket_facts& facts) const;
  /// 32 bytes as base64url: what a door needs.
  const std::string& public_key() const { return public_key_; }

private:
  std::string seed_;
  std::string public_key_;
};

/// What a good ticket says; nothing: it was not signed with this key, or was changed. `public_key` as above.
std::optional<ticket_facts> verify_ticket(std::string_view ticket, std::string_view public_key);

} // namespace frontrow::http
