#pragma once

#include "deployment.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace frontrow::test {

/// A cluster to begin with.
struct cluster_shape {
  int nodes = 3;                      ///< roles shards and admin
  int fronts = 2;                     ///< role front
  std::vector<std::string> options{}; ///< of every process
  std::string database_url{};         ///< empty: a new database of this program's own server
};

/// What one process gets beyond what all get.
struct process_terms {
  std::vector<std::string> options{};
  std::map<std::string, std::string> environment{};
  std::vector<std::string> wrapper{}; ///< words before the program's own, such as `ip netns exec NAME`
};

/// A cluster as an operator runs it: fronts and shard nodes, each a process, one database and one data
/// folder. Every process is a new one, under a new name: nobody comes back. For one thread, which must live
/// as long.
class cluster_deployment {
public:
  explicit cluster_deployment(cluster_shape shape = {});
  ~cluster_deployment();

  /// Starts one more and waits until it is ready; its name. Throws when it does not get ready.
  std::string add_node(const process_terms& terms = {});
  std::string add_front();
  /// Starts several side by side, then waits until all are ready.
  std::vector<std::string> add_nodes(int count);

  void kill(const std::string& name); ///< kill -9; does not wait for the others to notice
  void kill_both(const std::string& one, const std::string& other);
  void freeze(const std::string& name); ///< SIGSTOP
  void thaw(const std::string& name);   ///< SIGCONT
  void drain(const std::string& name);  ///< asks for it through any node; returns at once
  /// SIGTERM; the exit code, or nothing when it still runs after the deadline.
  std::optional<int> terminate(const std::string& name);
  /// The exit code of one that ends by itself.
  std::optional<int> wait_for_end(const std::string& name, std::chrono::seconds deadline);

  /// Nodes (not fronts) that run and were not frozen, oldest first.
  std::vector<std::string> living() const;
  /// The name of the node that leads, by what a living node says; empty when a front does, or nobody.
  std::string leader();
  std::vector<std::uint16_t> front_ports() const;
  std::uint16_t port_of_front(std::size_t at) const { return front_ports().at(at); }
  std::string name_of_front(std::size_t at) const { return fronts_.at(at).name; }

  /// What a living node answers, 200 expected; others are asked when it does not answer. Throws when none
  /// does.
  json admin_get(const std::string& target);
  json admin_post(unsigned status, const std::string& target, const json& body);
  json admin_patch(const std::string& target, const json& body);
  /// Asks that node, whatever it may say.
  http_answer ask_node(const std::string& name, const std::string& verb, const std::string& target);
  /// GET /admin/v1/cluster
  json status() { return admin_get("/admin/v1/cluster"); }
  /// Incarnation of the node, by `status`; empty when it is no member.
  std::string id_of(const std::string& name);
  /// Shards of each node that hosts shards, by name.
  std::map<std::string, int> shards_by_node();

  /// Waits until exactly the living nodes but `but` host shards, all of them, within one of each other, none
  /// on the move. How long it took; nothing when the deadline came first.
  std::optional<std::chrono::milliseconds> wait_balanced(const std::vector<std::string>& but = {});
  /// Waits until `so` says yes; whether it did before the deadline.
  bool wait_until(const std::function<bool()>& so, std::chrono::seconds deadline = patience);

  /// One statement's result as unaligned text.
  std::string query(const std::string& statement) const;
  std::int64_t number(const std::string& statement) const { return std::stoll(query(statement)); }
  /// How often a shard was claimed, over all shards.
  std::int64_t claims() const { return number("select sum(epoch) from shard"); }
  /// The database's clock, milliseconds since 1970.
  std::int64_t database_now() const;

  std::int64_t open_concert(const json& queue);
  /// Opens it and waits until every front knows it.
  std::int64_t open_option(std::int64_t concert, const json& terms);

  /// `frontrow audit --json`: nothing when clean, otherwise what it says.
  std::optional<std::string> audit_complaint() const;
  /// The end of every process's standard error, without its access log.
  std::string error_logs(std::size_t lines_max = 25) const;
  std::string error_log(const std::string& name, std::size_t lines_max = 60) const;
  const std::string& database_url() const { return database_url_; }
  /// `frontrow <words>` as a process of this cluster.
  command_line command(std::vector<std::string> words, const process_terms& terms = {}) const;

  static constexpr int shards = 256;
  static constexpr std::chrono::seconds patience{60};

private:
  struct process {
    std::string name;
    std::unique_ptr<child_process> program;
    std::uint16_t http_port = 0;
    std::uint16_t admin_port = 0;
    bool is_frozen = false;
    std::unique_ptr<http_client> admin;
  };

  process launch(const std::string& name, const std::string& roles, const process_terms& terms);
  void wait_ready(process& one);
  process& find(const std::string& name);
  http_answer ask_any(const std::string& verb, const std::string& target, const json& body);
  http_request admin_request(const std::string& verb, const std::string& target) const;

  cluster_shape shape_;
  temporary_folder folder_;
  std::string database_url_;
  int last_node_ = 0;
  int last_front_ = 0;
  std::string admin_token_;
  std::vector<process> nodes_;
  std::vector<process> fronts_;
  http_client clock_; ///< for pauses
};

} // namespace frontrow::test
