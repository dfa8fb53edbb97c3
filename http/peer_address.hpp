#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

namespace frontrow::http {

/// Who is at the other end: an IPv6 address, IPv4 as ::ffff:a.b.c.d, in network order.
struct peer_address {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const peer_address&) const = default;

  /// "192.0.2.7" or "2001:db8::7".
  std::string text() const;
  /// All zero when the text is no address.
  static peer_address parse(const std::string& text);
  /// The part that one subscriber has: an IPv4 address whole, of IPv6 the first 64 bits.
  peer_address network() const;
};

} // namespace frontrow::http
