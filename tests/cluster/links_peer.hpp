#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <sys/types.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include "cluster/links.hpp"

/// Nodes for the tests of links. Two CAF systems of one process would have the same identity, so every other node is
/// a process of its own: this program again, with `--peer` or `--stranger` as its first argument.
namespace frontrow::cluster::testing {

using namespace std::chrono_literals;

/// Far more than anything takes; a test that reaches it has failed.
inline constexpr auto deadline = 30s;

/// Files; empty: plain links.
struct certificate_files {
  std::string certificate;
  std::string key;
  std::string authority;
};

/// TLS without any: what CAF calls no authentication.
inline const certificate_files nobodys{"nobody's", "", ""};

struct node_config : caf::actor_system_config {
  explicit node_config(const certificate_files& files = {}, std::chrono::milliseconds connection_timeout = 2s);
};

/// A message that local_node can send and no other process can read.
struct known_here_only {
  int number = 0;
};
template <class Inspector>
auto inspect(Inspector& inspector, known_here_only& one) {
  return inspector(one.number);
}

link_security security_of(const certificate_files& files);
member member_of(node_number number, const std::string& incarnation, const std::string& address);

/// Another node's process: echoes every letter as its answer. Killed at the end.
class peer_process {
public:
  struct settings {
    std::string cluster = "test";
    node_number number = 0;
    std::string incarnation;
    std::uint16_t port = 0;
    certificate_files files{};
  };
  explicit peer_process(const settings& how);
  /// Speaks CAF but is no node: connects to `port` of loopback and says this hello; `refused <reason>`, `welcome` or
  /// `unreachable` is what it hears. It stays until killed.
  struct stranger {
    std::uint16_t port = 0;
    std::uint16_t protocol = protocol_version;
    std::string cluster = "test";
    node_number number = 0;
    std::string incarnation;
    node_number to = 0;
    std::string to_incarnation;
    certificate_files files{};
  };
  explicit peer_process(const stranger& how);
  ~peer_process();
  peer_process(const peer_process&) = delete;
  peer_process& operator=(const peer_process&) = delete;

  /// The next line that it says; "" when it is gone or says nothing until the deadline.
  std::string line();
  /// Whether it says this line, others before it left out.
  bool says(const std::string& expected);
  void command(const std::string& text);
  void members(const std::vector<member>& all);
  void signal(int number);
  /// Stops it, and waits until none of its threads runs any more.
  void freeze();
  /// kill -9, and waits until nothing is left of it.
  void kill();
  member as_member() const { return member_of(number_, incarnation_, "127.0.0.1:" + std::to_string(port_)); }
  std::uint16_t port() const { return port_; }

private:
  void start(const std::vector<std::string>& arguments);

  node_number number_ = 0;
  std::string incarnation_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string unread_;
};

/// The node of this process, and what came in.
class local_node {
public:
  struct settings {
    node_number number = 0;
    link_limits limits{};
    certificate_files files{};
    std::chrono::milliseconds connection_timeout = 2s; ///< CAF's own
  };
  explicit local_node(const settings& how);

  /// Waits for it under the lock.
  bool await(const std::function<bool()>& what);
  bool await_up(node_number peer, std::size_t times = 1);
  bool await_down(node_number peer, std::size_t times = 1);
  std::size_t ups(node_number peer);
  std::size_t downs(node_number peer);
  member as_member() const { return member_of(number, "here", "127.0.0.1:" + std::to_string(port)); }

  const node_number number;
  std::vector<caf::message> answers;
  std::vector<return_address> answered;
  std::function<void(node_number)> on_answer; // instead of keeping it
  std::vector<std::string> happened;          // "up 1", "down 1"
  std::uint16_t port = 0;

private:
  std::size_t count(const std::string& what);
  std::mutex mutex_;
  std::condition_variable changed_;
  struct own_config : node_config {
    explicit own_config(const settings& how);
  } config_;

public:
  caf::actor_system system;
  links all;
};

/// What this process has logged, since the start.
bool await_log(const std::string& part);
void catch_log();

/// Where the roles begin: the exit code, or −1: neither.
int run_role(int count, char** arguments);

} // namespace frontrow::cluster::testing
