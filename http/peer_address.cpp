#include "http/peer_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace frontrow::http {

namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_v4(const peer_address& address) {
  return std::equal(v4_prefix.begin(), v4_prefix.end(), address.bytes.begin());
}

} // namespace

std::string peer_address::text() const {
  std::array<char, INET6_ADDRSTRLEN> into{};
  if (is_v4(*this))
    ::inet_ntop(AF_INET, bytes.data() + v4_prefix.size(), into.data(), into.size());
  else
    ::inet_ntop(AF_INET6, bytes.data(), into.data(), into.size());
  return into.data();
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
