#pragma once

#include "temporary_folder.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace frontrow::test {

class child_process;

/// A private PostgreSQL, started by scripts/postgres, with a database for each that asks. Whatever becomes of the
/// test program, a shell that waits for its end stops the server.
class postgres_server {
public:
  postgres_server() : postgres_server(std::vector<std::string>{}) {}
  /// With settings of its own, "name=value" as in postgresql.conf.
  explicit postgres_server(std::vector<std::string> settings);
  ~postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  /// The one of this test program.
  static postgres_server& of_this_program();

  /// A new, empty database; its connection string.
  std::string create_database();

  /// A new server that streams all that this one writes, and is read-only until it is promoted. From then on this
  /// server acknowledges a commit when that one has it as well.
  std::unique_ptr<postgres_server> start_synchronous_standby();
  /// Makes a standby a server that takes writes, once it has played all that it received.
  void promote();
  /// Connection string of its first database.
  const std::string& url() const { return url_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  /// The folder of its socket.
  std::string socket_folder() const;

  /// Starts it again and waits until it takes connections.
  void start();
  /// An orderly stop that ends every session (`fast`).
  void stop();
  /// kill -9 of the postmaster, as by a machine that runs out of memory.
  void kill();
  /// Ends every session of a database but those of others' tools; how many there were.
  int terminate_backends(const std::string& database_url);
  /// One statement's result as unaligned text.
  std::string query(const std::string& database_url, const std::string& statement);

private:
  struct copy_of {
    const postgres_server& other;
  };
  explicit postgres_server(copy_of what);
  void run_script(const std::string& command);

  /// A shell that outlives this program: when its input ends, it stops the server.
  struct caretaker {
    int end = -1;
    pid_t pid = -1;
  };
  static caretaker start_caretaker(const std::string& data_dir);

  temporary_folder folder_;
  std::vector<std::string> settings_;
  caretaker caretaker_;
  std::string url_;
  int databases_ = 0;
};

} // namespace frontrow::test
