#pragma once

#include "config/options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace frontrow::config {

/// What must hold between the settings of the parts `node` and `cluster`, beyond each one's range. Pure, but for
/// `tls_files_mistake`.

/// `front,shards,admin` in any order, blanks allowed, taken apart: each role once, in that order. A mistake: a word
/// that is no role, none at all, or a node that would neither serve the public nor host shards.
std::variant<std::vector<std::string>, mistake> roles_of(std::string_view text);

/// Where others dial: `host`, `host:port`, `[v6]` or `[v6]:port`.
struct dial_address {
  std::string host;
  /// 0: the port as bound.
  std::uint16_t port = 0;
};

/// Nothing: it is none of these forms.
std::optional<dial_address> dial_address_of(std::string_view text);

/// Whether only this machine can reach it: 127.0.0.0/8, ::1, localhost.
bool is_loopback(std::string_view host);

/// The first thing wrong with leases, links or addresses.
std::optional<mistake> cluster_mistake(const cluster_settings& cluster);

/// The TLS file that cannot be read, when TLS is on.
std::optional<mistake> tls_files_mistake(const cluster_settings& cluster);

} // namespace frontrow::config
