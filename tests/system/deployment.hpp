#pragma once

#include "child_process.hpp"
#include "http_client.hpp"
#include "postgres_server.hpp"
#include "temporary_folder.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace frontrow::test {

/// A port that nobody uses now, below those that the system gives to outgoing connections, so that a program may be
/// started on it again and again.
std::uint16_t free_port();

/// How a node is to be started beyond what every test needs (own ports, folder and database, no demo concert, no rate
/// limits, the tests' secret).
struct node_settings {
  std::vector<std::string> options{};
  std::map<std::string, std::string> environment{};
};

/// Frontrow as an operator runs it: one program, its data folder and its database. Started by the constructor.
class deployment {
public:
  explicit deployment(node_settings settings = {});
  ~deployment();

  /// Starts the program and waits until it is ready. Its ports stay the same over all its lives.
  void start();
  /// kill -9.
  void kill();
  /// SIGTERM; the exit code.
  int stop();
  bool is_running() { return program_ && program_->is_running(); }
  child_process& program() { return *program_; }

  /// What the clients use. Connections are dropped when the program ends.
  http_client& http() { return *http_; }
  http_client& admin_http() { return *admin_; }
  std::uint16_t http_port() const { return http_port_; }
  std::uint16_t admin_port() const { return admin_port_; }
  const std::string& database_url() const { return database_url_; }
  const std::filesystem::path& data_dir() const { return folder_.path(); }

  /// Operators' requests, with the admin token. `post` expects 201 and `get` 200; anything else throws.
  http_request admin_request(const std::string& verb, const std::string& target);
  json admin_get(const std::string& target);
  json admin_post(const std::string& target, const json& body);
  json admin_patch(const std::string& target, const json& body);

  /// The program once more, with the same folder and database: `frontrow <words>`.
  command_line command(std::vector<std::string> words);
  /// `frontrow audit --json`: nothing when clean, otherwise what it says.
  std::optional<std::string> audit_complaint();
  std::string error_log(std::size_t lines_max = 60) const;

  static constexpr std::chrono::seconds ready_deadline{60};
  static constexpr std::chrono::seconds stop_deadline{30};

private:
  node_settings settings_;
  temporary_folder folder_;
  std::string database_url_;
  std::uint16_t http_port_;
  std::uint16_t admin_port_;
  std::string admin_token_;
  std::string made_ = "made-" + std::to_string(std::random_device{}()) + "-"; // what operators make has a key each
  int made_count_ = 0;
  std::unique_ptr<child_process> program_;
  std::unique_ptr<http_client> http_;
  std::unique_ptr<http_client> admin_;
};

/// RFC 3339 in UTC with milliseconds, as the API writes it.
std::chrono::system_clock::time_point time_of(const std::string& text);
std::string text_of(std::chrono::system_clock::time_point time);

} // namespace frontrow::test
