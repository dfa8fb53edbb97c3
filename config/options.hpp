#pragma once

#include "config/settings.hpp"

#include <caf/actor_system_config.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace frontrow::config {

/// What the program was asked to do. `serve` when no word was given.
struct serve_command {};

/// `token --user 42 [--ttl-seconds N]`: print an access token.
struct token_command {
  std::int64_t user = 0;
  /// Absent: `login.token-seconds`.
  std::optional<std::int64_t> ttl_seconds;
};

/// `migrate`: bring the database's tables up to date.
struct migrate_command {};

/// `audit [--json]`: the conservation check from the journal alone.
struct audit_command {
  enum class format { text, json };
  format output = format::text;
};

/// `verify-ticket --ticket TEXT [--public-key TEXT]`: is a ticket good? Offline.
struct verify_ticket_command {
  /// "-": the first line of standard input.
  std::string ticket;
  /// As `GET /api/v1/ticket-key` gives it; empty: that of the data folder's key.
  std::string public_key;
};

/// `--help`, `--version` and `config`, answered already: print `text` on standard output and leave with 0.
struct print_command {
  std::string text;
};

using command = std::variant<serve_command, token_command, migrate_command, audit_command, verify_ticket_command,
                             print_command>;

/// Why the program cannot start: one line without a line break, naming the key and where it came from.
struct mistake {
  std::string what;
};

/// Value of an environment variable, or null.
using environment = std::function<const char*(const char*)>;

/// CAF's configuration with Frontrow's parts in it. Precedence: command line, then environment, then the file
/// named by `--config-file`, then the defaults of `settings`. A key that nobody knows, a value that is no
/// value of its key's type or outside its range is a mistake, wherever it stands; CAF by itself lets most
/// pass. CAF's own keys are open as well; those for links (`middleman.heartbeat-interval` and
/// `-connection-timeout`, `openssl.*`) follow `cluster.link-timeout-ms` and `cluster.tls-*` unless given.
///
/// Command line: `[options] [command] [options]`, options as `--part.key=value` or `--part.key value`; a lone
/// `--part.key` sets a flag. File: CAF's format (see config/frontrow.example.conf), comments begin with `;`.
/// Environment: FRONTROW_HTTP_PORT, FRONTROW_ADMIN_PORT, FRONTROW_DATA_DIR, FRONTROW_DATABASE_URL,
/// FRONTROW_DEMO, FRONTROW_RATE_LIMITS, FRONTROW_JWT_SECRET; an empty one counts as not set.
///
/// Make one, register message types on it, `read`, then hand it to `caf::actor_system`. Not thread-safe, not
/// movable: CAF's options point into it.
class options : public caf::actor_system_config {
public:
  options();
  options(const options&) = delete;
  options(options&&) = delete;
  options& operator=(const options&) = delete;
  options& operator=(options&&) = delete;

  /// Reads file, environment and `args` (without the program's name) into `values()`. Call once.
  std::variant<command, mistake> read(const std::vector<std::string>& args, const environment& variables);

  /// The same for `main`: the process's own arguments and environment.
  std::variant<command, mistake> read(int argc, char** argv);

  const settings& values() const { return values_; }

  /// Frontrow's parts, key by key, with type, unit, range and default.
  std::string help() const;

  /// Names of all of Frontrow's keys, `part.key`, as they stand in the help text.
  std::vector<std::string> keys() const;

private:
  class part;
  struct range {
    const std::int64_t* value;
    std::int64_t least;
    std::int64_t most;
  };
  struct choice {
    const std::string* value;
    std::vector<std::string> allowed;
  };

  void add_general();
  void add_journal();
  void add_http();
  void add_login();
  void add_actors();
  void add_node();
  void add_cluster();
  void add_links();

  std::optional<mistake> read_file(const std::string& path);
  std::optional<mistake> check_file_keys(const std::string& path, const caf::settings& file) const;
  std::optional<mistake> set_from_file(const std::string& path, const caf::settings& file);
  std::optional<mistake> set_from_text(const std::string& key, const std::string& text,
                                       const std::string& source);
  std::optional<mistake> check_ranges() const;
  std::optional<mistake> check_together() const;
  std::optional<mistake> take_roles();
  void hand_to_caf();
  const caf::config_option* find(std::string_view key) const;
  std::string origin(const std::string& key) const;
  std::variant<command, mistake> show(const std::optional<std::string>& key) const;

  settings values_;
  /// `node.roles` as given; `values_` has them taken apart.
  std::string roles_ = "front,shards,admin";
  caf::config_option_set own_;
  std::map<std::string, range> ranges_;
  std::map<std::string, choice> choices_;
  /// Where a key's value came from, in the reader's words; absent: the default.
  std::map<std::string, std::string> origins_;
};

} // namespace frontrow::config
