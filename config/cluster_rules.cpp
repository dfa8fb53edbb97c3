#include "config/cluster_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>

namespace frontrow::config {

namespace {

constexpr std::array<std::string_view, 3> roles_known{"front", "shards", "admin"};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

bool is_everywhere(std::string_view host) {
  return host == "0.0.0.0" || host == "::" || host == "*";
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  auto [stopped, problem] = std::from_chars(text.data(), end, port);
  if (problem != std::errc{} || stopped != end || port == 0)
    return std::nullopt;
  return port;
}

std::string quoted(std::string_view text) {
  return "\"" + std::string{text} + "\"";
}

std::optional<mistake> address_mistake(const cluster_settings& cluster) {
  if (cluster.address.empty())
    return mistake{"cluster.address must not be empty"};
  if (cluster.advertise.empty() && is_everywhere(cluster.address))
    return mistake{"cluster.address " + quoted(cluster.address) +
                   " is nothing that others can dial: cluster.advertise must say what is"};
  std::string dialed = cluster.address;
  if (!cluster.advertise.empty()) {
    const auto parsed = dial_address_of(cluster.advertise);
    if (!parsed || is_everywhere(parsed->host))
      return mistake{"cluster.advertise must be a host or host:port that others can dial, not " +
                     quoted(cluster.advertise)};
    dialed = parsed->host;
  }
  if (cluster.tls || cluster.allow_plaintext || (is_loopback(cluster.address) && is_loopback(dialed)))
    return std::nullopt;
  const auto* key = is_loopback(cluster.address) ? "cluster.advertise " : "cluster.address ";
  return mistake{key + quoted(is_loopback(cluster.address) ? dialed : cluster.address) +
                 " is not loopback: set cluster.tls, or cluster.allow-plaintext on a network that you trust"};
}

} // namespace

std::variant<std::vector<std::string>, mistake> roles_of(std::string_view text) {
  std::array<bool, roles_known.size()> given{};
  for (auto rest = text; !trimmed(text).empty();) {
    const auto comma = rest.find(',');
    const auto word = trimmed(rest.substr(0, comma));
    const auto* found = std::find(roles_known.begin(), roles_known.end(), word);
    if (found == roles_known.end())
      return mistake{"node.roles must be some of front, shards, admin with commas between, not " + quoted(text)};
    given.at(static_cast<std::size_t>(found - roles_known.begin())) = true;
    if (comma == std::string_view::npos)
      break;
    rest.remove_prefix(comma + 1);
  }
  std::vector<std::string> roles;
  for (std::size_t at = 0; at < roles_known.size(); ++at)
    if (given.at(at))
      roles.emplace_back(roles_known.at(at));
  if (!given[0] && !given[1])
    return mistake{"node.roles must name front or shards, not " + quoted(text)};
  return roles;
}

std::optional<dial_address> dial_address_of(std::string_view text) {
  dial_address result;
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos)
      return std::nullopt;
    result.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    result.host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  }
  if (result.host.empty() || result.host.find_first_of(" /[]") != std::string::npos)
    return std::nullopt;
  if (port.empty())
    return result;
  const auto number = port.front() == ':' ? port_of(port.substr(1)) : std::nullopt;
  if (!number)
    return std::nullopt;
  result.port = *number;
  return result;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.rfind("127.", 0) == 0 && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::optional<mistake> cluster_mistake(const cluster_settings& cluster) {
  if (cluster.lease_margin_ms >= cluster.lease_ms)
    return mistake{"cluster.lease-margin-ms must be below cluster.lease-ms: nothing would be left of the lease"};
  if (cluster.renew_ms * 2 > cluster.lease_ms - cluster.lease_margin_ms)
    return mistake{"cluster.renew-ms must be at most half of cluster.lease-ms less cluster.lease-margin-ms: one "
                   "lost renewal must not end the lease"};
  if (cluster.link_beat_ms * 2 > cluster.link_timeout_ms)
    return mistake{"cluster.link-beat-ms must be at most half of cluster.link-timeout-ms: one late beat must not "
                   "end a link"};
  if (cluster.tls &&
      (cluster.tls_certificate.empty() || cluster.tls_key.empty() || cluster.tls_ca.empty()))
    return mistake{"cluster.tls needs cluster.tls-certificate, cluster.tls-key and cluster.tls-ca"};
  return address_mistake(cluster);
}

std::optional<mistake> tls_files_mistake(const cluster_settings& cluster) {
  if (!cluster.tls)
    return std::nullopt;
  const std::pair<const char*, const std::string*> files[] = {{"cluster.tls-certificate", &cluster.tls_certificate},
                                                              {"cluster.tls-key", &cluster.tls_key},
                                                              {"cluster.tls-ca", &cluster.tls_ca}};
  for (const auto& [key, path] : files)
    // A folder opens as well, and only a read tells.
    if (std::ifstream file{*path}; !file || file.peek() == std::ifstream::traits_type::eof())
      return mistake{std::string{key} + ": " + *path + " cannot be read, or is empty"};
  return std::nullopt;
}

} // namespace frontrow::config
