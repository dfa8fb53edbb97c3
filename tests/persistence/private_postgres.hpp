#pragma once

#include "persistence/journal_rows.hpp"
#include "persistence/journal_writer.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

/// A PostgreSQL of the test program's own, started by scripts/postgres in a folder of its own, once.
class private_postgres {
public:
  private_postgres();
  ~private_postgres();
  static private_postgres& instance();

  /// A new, migrated database with `shards` shards (those of database `index` of `count`), all at epoch 1.
  std::string fresh_database(int shards = 8);
  /// A new, empty one.
  std::string empty_database();
  /// mode: fast, immediate
  void restart(const std::string& mode);
  void stop(const std::string& mode);
  void start();
  std::string log_text() const;
  const std::string& folder() const { return folder_; }

private:
  std::string run(const std::string& arguments) const;
  std::string folder_;
  std::string dsn_;
  std::FILE* cleaner_ = nullptr;
  int databases_ = 0;
};

struct postgres_for_all {
  postgres_for_all();
  ~postgres_for_all();
};

/// A connection for plain SQL, to look at the tables and to hold locks.
class sql_session {
public:
  explicit sql_session(const std::string& dsn);
  ~sql_session();
  /// Rows by newlines, columns by '|'.
  std::string operator()(const std::string& statement);
  int pid();

private:
  struct connection;
  std::unique_ptr<connection> connection_;
};

/// On a connection of its own.
std::string sql(const std::string& dsn, const std::string& statement);

/// Waits for the thing itself; fails the test when it has not come after a long while.
void wait_until(const char* what, const std::function<bool()>& holds,
                std::chrono::seconds deadline = std::chrono::seconds{60});

/// A seed to print and to take back by FRONTROW_TEST_SEED.
std::uint64_t test_seed();
