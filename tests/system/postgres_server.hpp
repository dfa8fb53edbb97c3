#pragma once

#include "temporary_folder.hpp"

#include <memory>
#include <string>

namespace frontrow::test {

class child_process;

/// A private PostgreSQL, started by scripts/postgres, with a database for each that asks. Whatever becomes of the
/// test program, a shell that waits for its end stops the server.
class postgres_server {
public:
  postgres_server();
  ~postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  /// The one of this test program.
  static postgres_server& of_this_program();

  /// A new, empty database; its connection string.
  std::string create_database();

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
  void run_script(const std::string& command);

  temporary_folder folder_;
  int caretaker_end_ = -1;
  std::string url_;
  int databases_ = 0;
};

} // namespace frontrow::test
