#include "bench/baselines/constant_answer.hpp"
#include "bench/contest/redis_server.hpp"
#include "bench/contest/scenarios.hpp"
#include "bench/process_figures.hpp"
#include "tests/system/deployment.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>

namespace frontrow::bench {

namespace {

constexpr std::chrono::seconds patience{20};
constexpr std::chrono::milliseconds between_tries{5};
constexpr const char* sql_folder = FRONTROW_SOURCE_DIR "/bench/baselines/sql/";
/// Started by its own constructor, ready when somebody answers at its port.
class limit_server {
public:
  std::uint16_t port() const { return port_; }
  pid_t pid() const { return program_->pid(); }

protected:
  const std::string& folder() const { return folder_text_; }
  void start(const std::string& name, const test::command_line& line) {
    program_ = std::make_unique<test::child_process>(line, folder() + "/stderr.log");
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
      try {
        client{port_, 1};
        return;
      } catch (const std::system_error&) {
        if (!program_->is_running() || std::chrono::steady_clock::now() > until)
          throw std::runtime_error{name + " does not get ready:\n" + test::tail_of(folder() + "/stderr.log", 10) +
                                   test::tail_of(folder() + "/error.log", 10)};
      }
      std::this_thread::sleep_for(between_tries);
    }
  }

private:
  test::temporary_folder folder_;
  std::string folder_text_ = folder_.path().string();
  std::uint16_t port_ = test::free_port();
  std::unique_ptr<test::child_process> program_;
};

/// nginx with one worker, which is its master as well, so that it ends with this program.
class nginx_server : public limit_server {
public:
  nginx_server() {
    std::ofstream file(folder() + "/nginx.conf");
    file << "daemon off;\nmaster_process off;\nworker_rlimit_nofile 60000;\npid " << folder()
         << "/pid;\nerror_log " << folder()
         << "/error.log;\nevents { worker_connections 30000; use epoll; multi_accept on; }\n"
         << "http {\n  access_log off;\n  server_tokens off;\n  keepalive_timeout 600;\n"
         << "  keepalive_requests 1000000000;\n  default_type application/json;\n  client_body_temp_path "
         << folder() << "/body;\n  proxy_temp_path " << folder() << "/proxy;\n  fastcgi_temp_path " << folder()
         << "/fastcgi;\n  uwsgi_temp_path " << folder() << "/uwsgi;\n  scgi_temp_path " << folder()
         << "/scgi;\n  server {\n    listen 127.0.0.1:" << port()
         << " backlog=16384;\n    location / { return 200 '" << constant_answer << "'; }\n  }\n}\n";
    file.close();
    start("nginx", {{"/usr/sbin/nginx", "-p", folder(), "-e", folder() + "/error.log", "-c", folder() + "/nginx.conf"},
                    {}});
  }
};

/// bench/baselines/committed with a database of its own.
class committed_constant : public limit_server {
public:
  explicit committed_constant(const std::string& database) {
    start("the committed constant", {{FRONTROW_COMMITTED_CONSTANT, std::to_string(port()), database}, {}});
  }
};

// What requests look like.
std::string poll_request() {
  return "GET /api/v1/queue HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + std::string(150, 'x') +
         "\r\nQueue-Token: 0123456789abcdef0123456789abcdef0123456789\r\n\r\n";
}
std::string join_request() {
  return "POST /api/v1/concerts/1/queue HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + std::string(150, 'x') +
         "\r\nIdempotency-Key: k1\r\nContent-Length: 0\r\n\r\n";
}

visit ask_constant(client& over, std::size_t connection, pace& turns, meter& into, const std::string& request,
                   unsigned status) {
  while (const auto due = turns.take(clock_type::now())) {
    const auto got = co_await over.ask(connection, request);
    if (got.status != status || got.body != constant_answer)
      into.wrong("constant: " + std::to_string(got.status));
    else
      into.note(*due, clock_type::now());
  }
}

/// pgbench's log has one line a transaction: client, number, microseconds, script, second, microsecond.
latency_histogram latencies_in(const std::filesystem::path& folder) {
  latency_histogram all;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (!entry.path().filename().string().starts_with("log."))
      continue;
    std::ifstream file(entry.path());
    for (std::uint64_t who = 0, number = 0, micros = 0; file >> who >> number >> micros;) {
      all.record(micros);
      file.ignore(1'000, '\n');
    }
  }
  return all;
}

double children_seconds() {
  rusage of{};
  ::getrusage(RUSAGE_CHILDREN, &of);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(of.ru_utime) + seconds(of.ru_stime);
}

std::string value_after(const std::string& text, const std::string& name) {
  const auto at = text.find(name);
  return at == std::string::npos ? "" : text.substr(at + name.size(), text.find('\n', at) - at - name.size());
}

/// What the database must say after so many transactions.
std::optional<std::string> pgbench_complaint(const std::string& script, const std::string& database,
                                             std::uint64_t transactions) {
  auto& server = test::postgres_server::of_this_program();
  const bool is_hot = script.starts_with("hot");
  const auto statement = script == "charge"        ? "select balance / 1000 from account"
                         : script == "journal-row" ? "select count(*) from journal_twin"
                                                   : "select count(*) from seat where status = 1";
  const auto found = server.query(database, statement);
  const auto wanted = is_hot ? "1" : std::to_string(transactions);
  if (found != wanted)
    return "the database has " + found + " where " + wanted + " were acknowledged";
  return std::nullopt;
}

struct pgbench_end {
  std::uint64_t turns = 0;
  double a_second = 0;
  double serving_seconds = 0;
  double client_seconds = 0;
};

pgbench_end pgbench_once(const pgbench_terms& terms, const std::string& database,
                         const std::vector<std::string>& more) {
  const auto serving = [root = postmaster_of(test::postgres_server::of_this_program())] {
    return tree_time({root}).count();
  };
  const auto clients = std::to_string(terms.clients);
  test::command_line line{{"pgbench", "-n", "-M", "prepared", "-c", clients, "-j", "1", "-D",
                           "clients=" + clients, "-f", std::string(sql_folder) + terms.script + ".sql"},
                          {}};
  line.words.insert(line.words.end(), more.begin(), more.end());
  line.words.push_back(database);
  const auto serving_before = serving(), client_before = children_seconds();
  const auto done = test::run_to_end(line, std::chrono::seconds{120});
  check_interrupted();
  if (done.exit_code != 0)
    throw std::runtime_error{"pgbench: " + done.errors};
  return {std::strtoull(value_after(done.output, "number of transactions actually processed: ").c_str(),
                        nullptr, 10),
          std::atof(value_after(done.output, "tps = ").c_str()), serving() - serving_before,
          children_seconds() - client_before};
}

} // namespace

figures run_nginx(const extent& how_long, std::size_t connections) {
  const nginx_server server;
  const auto request = poll_request();
  return run_load(server.port(), {server.pid()}, how_long, {connections},
                  [&](client& over, std::size_t connection, pace& turns, meter& into) {
                    return ask_constant(over, connection, turns, into, request, 200);
                  });
}

figures run_committed_constant(const extent& how_long, std::size_t connections) {
  auto& databases = test::postgres_server::of_this_program();
  const auto database = databases.create_database();
  const committed_constant server{database};
  const auto request = join_request();
  auto run = run_load(server.port(), {server.pid(), postmaster_of(databases)}, how_long, {connections},
                      [&](client& over, std::size_t connection, pace& turns, meter& into) {
                        return ask_constant(over, connection, turns, into, request, 201);
                      });
  const auto promised = databases.query(database, "select coalesce(sum(length(data)), 0) / 24 from promise");
  if (std::strtoull(promised.c_str(), nullptr, 10) < run.turns)
    judge(run, "the database has " + promised + " where " + std::to_string(run.turns) + " were promised");
  return run;
}

figures run_pgbench(const extent& how_long, const pgbench_terms& terms) {
  auto& server = test::postgres_server::of_this_program();
  const auto database = server.create_database();
  const auto tables = test::run_to_end({{"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f",
                                         std::string(sql_folder) + "tables.sql"},
                                        {}});
  if (tables.exit_code != 0)
    throw std::runtime_error{"pgbench's tables: " + tables.errors};
  const auto seconds =
      std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(how_long.measured).count());
  const test::temporary_folder logs;
  // Connecting is no turn: what it costs is known from a run of one transaction a client, and taken off.
  const auto opening = pgbench_once(terms, database, {"-t", "1", "-D", "nth=1"});
  const auto done = pgbench_once(
      terms, database,
      {"-T", std::to_string(seconds), "-D", "nth=2", "-l", "--log-prefix=" + logs.path().string() + "/log"});
  figures run;
  run.turns = done.turns;
  run.a_second = done.a_second;
  run.seconds = static_cast<double>(seconds);
  add_latency(run, latencies_in(logs.path()));
  if (done.turns > opening.turns) {
    const auto turns = static_cast<double>(done.turns - opening.turns);
    run.serving_micros = std::max(0.0, done.serving_seconds - opening.serving_seconds) * 1e6 / turns;
    run.client_micros = std::max(0.0, done.client_seconds - opening.client_seconds) * 1e6 / turns;
  }
  judge(run, pgbench_complaint(terms.script, database, opening.turns + done.turns));
  return run;
}

figures run_redis_benchmark(const extent& how_long, const std::string& command) {
  const redis_server server{"everysec"};
  std::vector<std::string> words{
      "redis-benchmark", "-p", std::to_string(server.port()), "-c", "64", "--csv", "-r", "1000000"};
  const auto run_for = [&](int requests, const std::vector<std::string>& what) {
    auto all = words;
    all.insert(all.end(), {"-n", std::to_string(requests)});
    all.insert(all.end(), what.begin(), what.end());
    const auto done = test::run_to_end({all, {}}, std::chrono::seconds{120});
    check_interrupted();
    if (done.exit_code != 0)
      throw std::runtime_error{"redis-benchmark: " + done.errors};
    return done.output;
  };
  // "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
  constexpr int requests_a_second = 50'000;
  const auto requests = how_long.turns_at(requests_a_second);
  const std::vector<std::string> join{"ZADD", "waiting", "__rand_int__", "user:__rand_int__"};
  if (command == "ZRANK")
    run_for(how_long.waiting, join);
  const auto before = processor_time(server.pid());
  const auto client_before = children_seconds();
  const auto text = run_for(
      requests, command == "ZADD" ? join : std::vector<std::string>{"ZRANK", "waiting", "user:__rand_int__"});
  figures run;
  const auto last = text.substr(text.rfind('\n', text.size() - 2) + 1);
  std::vector<double> columns;
  std::istringstream line(last);
  for (std::string column; std::getline(line, column, ',');)
    columns.push_back(std::atof(column.c_str() + (column.starts_with('"') ? 1 : 0)));
  if (columns.size() < 8)
    throw std::runtime_error{"redis-benchmark says something else than usual: " + text};
  run.turns = static_cast<std::uint64_t>(requests);
  run.a_second = columns[1];
  run.seconds = requests / columns[1];
  run.percentile_ms = {{"50", columns[4]}, {"95", columns[5]}, {"99", columns[6]}};
  run.max_ms = columns[7];
  run.serving_micros = (processor_time(server.pid()) - before).count() * 1e6 / requests;
  run.client_micros = (children_seconds() - client_before) * 1e6 / requests;
  return run;
}

} // namespace frontrow::bench
