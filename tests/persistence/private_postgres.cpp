#include "tests/persistence/private_postgres.hpp"

#include "persistence/migrate.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

namespace {

std::unique_ptr<private_postgres> the_server;

} // namespace

postgres_for_all::postgres_for_all() {
  spdlog::set_level(spdlog::level::off);
  the_server = std::make_unique<private_postgres>();
}

postgres_for_all::~postgres_for_all() {
  the_server.reset();
}

private_postgres& private_postgres::instance() {
  return *the_server;
}

private_postgres::private_postgres() {
  std::string pattern = (std::filesystem::temp_directory_path() / "frontrow-persistence-XXXXXX").string();
  if (!::mkdtemp(pattern.data()))
    throw std::runtime_error("no folder for the server");
  folder_ = pattern;
  std::filesystem::permissions(folder_, std::filesystem::perms{0755});
  // Cleans up when this program ends, however it ends: its input closes then.
  const std::string clean_up = std::string{"trap '' INT TERM; cat >/dev/null; "} + FRONTROW_POSTGRES_SCRIPT +
                               " stop --mode immediate --data-dir " + folder_ + "; umount -l " + folder_ + "/small 2>/dev/null; rm -rf " + folder_;
  cleaner_ = ::popen(clean_up.c_str(), "we");
  if (!cleaner_)
    throw std::runtime_error("no one to clean up");
  start();
}

private_postgres::~private_postgres() {
  ::pclose(cleaner_);
}

std::string private_postgres::run(const std::string& arguments) const {
  const std::string command = std::string{FRONTROW_POSTGRES_SCRIPT} + " " + arguments + " --data-dir " + folder_;
  FILE* pipe = ::popen(command.c_str(), "re");
  if (!pipe)
    throw std::runtime_error("cannot run " + command);
  std::string told;
  std::array<char, 256> buffer{};
  while (const auto got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    told.append(buffer.data(), got);
  if (::pclose(pipe) != 0)
    throw std::runtime_error("failed: " + command);
  while (!told.empty() && told.back() == '\n')
    told.pop_back();
  return told;
}

void private_postgres::start() {
  // Processes are killed here, not machines: without fsync a restart does not sync every file of every test first.
  dsn_ = run("start --set fsync=off");
}

void private_postgres::stop(const std::string& mode) {
  run("stop --mode " + mode);
}

void private_postgres::restart(const std::string& mode) {
  run("restart --mode " + mode);
}

std::string private_postgres::empty_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  sql(dsn_, "create database " + name);
  return dsn_.substr(0, dsn_.find("dbname=")) + "dbname=" + name;
}

std::string private_postgres::fresh_database(int shards) {
  const auto dsn = empty_database();
  const auto migrated = frontrow::persistence::migrate(dsn);
  BOOST_REQUIRE_MESSAGE(migrated, "migrate: " + (migrated ? "" : migrated.error().detail));
  sql(dsn, "insert into shard (shard, epoch) select s, 1 from generate_series(0, " + std::to_string(shards - 1) + ") s");
  return dsn;
}

std::string private_postgres::log_text() const {
  std::ifstream file(folder_ + "/postgres.log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct sql_session::connection {
  explicit connection(const std::string& dsn) : link(dsn), quiet(link) {}
  pqxx::connection link;
  pqxx::quiet_errorhandler quiet;
};

sql_session::sql_session(const std::string& dsn)
    : connection_(std::make_unique<connection>(dsn + " application_name=test")) {}
sql_session::~sql_session() = default;

std::string sql_session::operator()(const std::string& statement) {
  pqxx::nontransaction transaction{connection_->link};
  std::string text;
  for (const auto& row : transaction.exec(statement)) {
    if (!text.empty())
      text += '\n';
    for (pqxx::row::size_type column = 0; column < row.size(); ++column)
      text += (column ? "|" : "") + std::string{row[column].c_str()};
  }
  return text;
}

int sql_session::pid() {
  return connection_->link.backendpid();
}

std::string sql(const std::string& dsn, const std::string& statement) {
  return sql_session{dsn}(statement);
}

void wait_until(const char* what, const std::function<bool()>& holds, std::chrono::seconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error(std::string{"waited in vain for: "} + what);
    std::this_thread::sleep_for(std::chrono::milliseconds{2}); // between two looks, never instead of one
  }
}

std::uint64_t test_seed() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("FRONTROW_TEST_SEED");
    const std::uint64_t chosen = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::printf("FRONTROW_TEST_SEED=%llu\n", static_cast<unsigned long long>(chosen));
    return chosen;
  }();
  return seed;
}
