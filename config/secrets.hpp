#pragma once

#include "config/options.hpp"

#include <filesystem>
#include <string>
#include <variant>

namespace frontrow::config {

/// What only this cluster knows.
struct secrets {
  /// Bearer token of the operators' listener: 64 hexadecimal digits (256 bits) when made here.
  std::string admin_token;
  /// Key of HS256. From `login.jwt-secret` when that is given, else 64 hexadecimal digits made here, which
  /// satisfies RFC 7518, 3.2 (a key at least as long as the hash). Empty under RS256.
  std::string jwt_secret;
  /// Seed of the key that signs tickets: 64 hexadecimal digits when made here.
  std::string ticket_key;
};

/// The secrets in the data folder: the files `admin-token`, `ticket-key` and `jwt-secret`, one line each, mode 0600.
/// Missing ones are made, and the folder with them; two processes that start at once end up with the same
/// ones. A file that others may read, that is empty or that is no regular file is refused. Blocking; for the
/// start only.
std::variant<secrets, mistake> open_secrets(const settings& values);

/// One such file: its content without the end of line, made from 32 random bytes when it is missing.
std::variant<std::string, mistake> open_secret_file(const std::filesystem::path& path);

} // namespace frontrow::config
