#include "postgres_server.hpp"

#include "child_process.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace frontrow::test {

namespace {

const std::string script = FRONTROW_SOURCE_DIR "/scripts/postgres";

} // namespace

postgres_server::caretaker postgres_server::start_caretaker(const std::string& data_dir) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  const std::string what = "cat >/dev/null; '" + script + "' stop --mode immediate --data-dir '" + data_dir +
                           "' >/dev/null 2>&1; rm -rf '" + data_dir + "'";
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    ::dup2(ends[0], 0);
    const int nothing = ::open("/dev/null", O_WRONLY);
    ::dup2(nothing, 1);
    ::dup2(nothing, 2);
    ::execl("/bin/sh", "sh", "-c", what.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[0]);
  return {ends[1], pid};
}

postgres_server::postgres_server(std::vector<std::string> settings)
    : settings_(std::move(settings)), caretaker_(start_caretaker(folder_.path())) {
  start();
}

postgres_server::~postgres_server() {
  // The caretaker does the rest; the folder must outlive the server, so it is waited for.
  ::close(caretaker_.end);
  while (::waitpid(caretaker_.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

postgres_server& postgres_server::of_this_program() {
  static postgres_server server;
  return server;
}

void postgres_server::run_script(const std::string& command) {
  command_line line{{script, command, "--data-dir", folder_.path().string(), "--set", "max_connections=200"}, {}};
  for (const auto& setting : settings_)
    line.words.insert(line.words.end(), {"--set", setting});
  auto done = run_to_end(line, std::chrono::seconds{120});
  if (done.exit_code != 0)
    throw std::runtime_error("scripts/postgres " + command + ": " + done.errors);
  if (command == "start")
    url_ = done.output.substr(0, done.output.find('\n'));
}

namespace {
/// A zombie is dead, though nobody may ever reap it.
bool is_alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name;
  char state = 'X';
  return stat >> number >> name >> state && state != 'Z' && state != 'X';
}
} // namespace

void postgres_server::start() { run_script("start"); }
void postgres_server::stop() { run_script("stop"); }

void postgres_server::kill() {
  std::ifstream file(folder_.path() / "postgres" / "postmaster.pid");
  pid_t pid = 0;
  if (!(file >> pid) || pid <= 1 || ::kill(pid, SIGKILL) != 0)
    throw std::runtime_error("there is no postmaster to kill");
  // Until nothing is left of it: whoever asks earlier whether the server runs is told that it does.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (is_alive(pid))
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("the killed postmaster does not go away");
    else
      std::this_thread::yield();
}

std::string postgres_server::socket_folder() const {
  const auto from = url_.find("host=") + 5;
  return url_.substr(from, url_.find(' ', from) - from);
}

/// As the user that the server runs as, like scripts/postgres.
postgres_server::postgres_server(copy_of what)
    : settings_(what.other.settings_), caretaker_(start_caretaker(folder_.path())) {
  const auto target = (folder_.path() / "postgres").string();
  std::vector<std::string> words{"/usr/lib/postgresql/15/bin/pg_basebackup", "-D", target, "-R", "-X", "stream", "-c",
                                 "fast", "-d", what.other.url_};
  if (::geteuid() == 0) {
    std::filesystem::create_directory(target);
    std::filesystem::permissions(target, std::filesystem::perms::owner_all);
    const auto owned = run_to_end({{"chown", "postgres", target}, {}});
    if (owned.exit_code != 0)
      throw std::runtime_error("chown: " + owned.errors);
    words.insert(words.begin(), {"runuser", "-u", "postgres", "--"});
  }
  const auto copied = run_to_end({words, {}}, std::chrono::seconds{120});
  if (copied.exit_code != 0)
    throw std::runtime_error("pg_basebackup: " + copied.errors);
  start();
}

std::unique_ptr<postgres_server> postgres_server::start_synchronous_standby() {
  std::unique_ptr<postgres_server> standby(new postgres_server(copy_of{*this}));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (query(url_, "select count(*) from pg_stat_replication where state = 'streaming'") != "1")
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("the standby does not stream");
  query(url_, "alter system set synchronous_standby_names = '*'");
  query(url_, "select pg_reload_conf()");
  while (query(url_, "select count(*) from pg_stat_replication where sync_state = 'sync'") != "1")
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("the standby is not synchronous");
  return standby;
}

void postgres_server::promote() { query(url_, "select pg_promote()"); }

std::string postgres_server::create_database() {
  auto name = "test_" + std::to_string(++databases_);
  query(url_, "create database " + name);
  // The last of two settings of a name counts.
  return url_ + " dbname=" + name;
}

std::string postgres_server::query(const std::string& database_url, const std::string& statement) {
  auto done = run_to_end(
      {{"psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database_url, "-c", statement}, {}});
  if (done.exit_code != 0)
    throw std::runtime_error("psql: " + done.errors);
  return done.output.substr(0, done.output.find_last_not_of('\n') + 1);
}

int postgres_server::terminate_backends(const std::string& database_url) {
  return std::stoi(query(database_url,
                         "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = "
                         "current_database() and pid <> pg_backend_pid()"));
}

} // namespace frontrow::test
