#include "http/peer_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace frontrow::http {

namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_v4(const peer_address& address) {
  return std::equal(v4_prefix.begin(), v4_prefix.end(), address.bytes.begin());
}

} // namespace

std::string peer_address::text() const {
  std::array<char, INET6_ADDRSTRLEN> into{};
  if (!is_v4(*this))
    return ::inet_ntop(AF_INET6, bytes.data(), into.data(), into.size());
  // By hand, since each request is logged with it: inet_ntop goes through sprintf.
  auto* end = into.data();
  for (auto part = bytes.begin() + v4_prefix.size(); part != bytes.end(); ++part) {
    if (end != into.data())
      *end++ = '.';
    end = std::to_chars(end, into.data() + into.size(), *part).ptr;
  }
  return {into.data(), end};
}

peer_address peer_address::parse(const std::string& text) {
  peer_address address;
  if (::inet_pton(AF_INET, text.c_str(), address.bytes.data() + v4_prefix.size()) == 1)
    std::copy(v4_prefix.begin(), v4_prefix.end(), address.bytes.begin());
  else if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) != 1)
    address.bytes.fill(0);
  return address;
}

peer_address peer_address::network() const {
  auto part = *this;
  if (!is_v4(*this))
    std::fill(part.bytes.begin() + 8, part.bytes.end(), std::uint8_t{0});
  return part;
}

} // namespace frontrow::http
