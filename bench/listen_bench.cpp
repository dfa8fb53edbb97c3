/// What it costs to tell a crowd of its admission: by streams, by WebSockets, and by polls at the server's
/// pace.

#include "bench/listening_crowd.hpp"
#include "bench/process_figures.hpp"
#include "tests/system/deployment.hpp"
#include "tests/system/person.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

namespace {

using namespace frontrow;
using namespace std::chrono_literals;
using bench::hearing;
using bench::listening_crowd;
using test::json;
using test::person;

constexpr auto shopping_time = std::chrono::milliseconds{3'600'000};
/// Nobody is let in meanwhile: what keeping the crowd costs.
constexpr auto quiet_time = 10s;
constexpr std::size_t joins_at_once = 200;
/// Of this process: its own side of each connection; the program's is another process's.
constexpr std::size_t spare_files = 200;

struct arguments {
  std::size_t listeners = 20'000;
  int admissions_per_second = 200;
  std::chrono::milliseconds time = 20s;
};

struct outcome {
  std::string name;
  listening_crowd::figures told;
  double quiet_processors = 0; ///< of the program, while nobody is let in
  double processors = 0;       ///< while people are let in
  double bytes_each = 0;       ///< of the program's memory
  double kernel_bytes_each = 0;
};

double resident_bytes(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("VmRSS:"))
      return std::stod(line.substr(6)) * 1024;
  return 0;
}

/// Unreclaimable memory of the kernel's: sockets and what belongs to them, of both sides.
double kernel_bytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("Slab:"))
      return std::stod(line.substr(5)) * 1024;
  return 0;
}

class listening {
public:
  explicit listening(arguments with)
      : with_(with), house_({{"--http.max-connections=200000", "--http.listeners-max=100000",
                              "--http.listeners-per-address-max=100000"},
                             {}}) {}
  void run();

private:
  outcome measure(const std::string& name, hearing how);
  std::vector<std::string> join_all(std::int64_t concert);
  void set_paused(std::int64_t concert, const json& paused) {
    house_.admin_patch("/admin/v1/concerts/" + std::to_string(concert) + "/queue", {{"paused", paused}});
  }

  arguments with_;
  test::deployment house_;
  std::int64_t last_user_ = 20'000'000;
};

std::vector<std::string> listening::join_all(std::int64_t concert) {
  std::vector<std::string> tokens;
  while (tokens.size() < with_.listeners) {
    std::vector<test::http_request> requests;
    for (std::size_t each = 0; each < std::min(joins_at_once, with_.listeners - tokens.size()); ++each)
      requests.push_back(person{++last_user_}.join(concert));
    for (const auto& answer : house_.http().ask_all(std::move(requests))) {
      if (answer.status != 201)
        throw std::runtime_error("cannot join: " + answer.text());
      tokens.push_back(answer.document().at("queueToken"));
    }
  }
  house_.http().forget_connections();
  return tokens;
}

outcome listening::measure(const std::string& name, hearing how) {
  const json policy{{"ratePerSecond", with_.admissions_per_second},
                    {"burst", std::max(1, with_.admissions_per_second / 50)},
                    {"maxActive", 10'000'000},
                    {"capacity", 10'000'000},
                    {"activeSeconds", shopping_time / 1s},
                    {"abandonSeconds", 120}};
  const auto concert = house_.admin_post("/admin/v1/concerts", {{"title", "A concert"}, {"queue", policy}})
                           .at("concertId")
                           .get<std::int64_t>();
  set_paused(concert, true);
  auto tokens = join_all(concert);
  const auto pid = house_.program().pid();
  const auto memory = resident_bytes(pid);
  const auto kernel = kernel_bytes();
  listening_crowd crowd(house_.http_port(), std::move(tokens), how, shopping_time);
  outcome seen;
  seen.name = name;
  seen.bytes_each = (resident_bytes(pid) - memory) / static_cast<double>(with_.listeners);
  seen.kernel_bytes_each = (kernel_bytes() - kernel) / static_cast<double>(with_.listeners);
  auto before = bench::processor_time(pid);
  crowd.run(quiet_time);
  seen.quiet_processors = (bench::processor_time(pid) - before) / quiet_time;
  crowd.take();
  set_paused(concert, false);
  before = bench::processor_time(pid);
  crowd.run(with_.time);
  seen.processors = (bench::processor_time(pid) - before) / std::chrono::duration<double>{with_.time};
  seen.told = crowd.take();
  std::sort(seen.told.delays_ms.begin(), seen.told.delays_ms.end());
  return seen;
}

double quantile(const std::vector<double>& sorted, double q) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

void listening::run() {
  std::vector<outcome> all;
  all.push_back(measure("polls, at pollAfterMs", hearing::by_polls));
  all.push_back(measure("streams (SSE)", hearing::by_stream));
  all.push_back(measure("WebSockets", hearing::by_socket));
  std::printf("\n%zu people, %d let in a second for %lld s\n\n", with_.listeners, with_.admissions_per_second,
              static_cast<long long>(with_.time / 1s));
  std::printf("| | let in | p50 ms | p99 ms | most ms | messages/s | processors, let in | ... nobody let in "
              "| bytes each | "
              "kernel, both sides | lost |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
  for (const auto& each : all)
    std::printf("| %s | %zu | %.0f | %.0f | %.0f | %.0f | %.3f | %.3f | %.0f | %.0f | %zu |\n",
                each.name.c_str(), each.told.delays_ms.size(), quantile(each.told.delays_ms, 0.5),
                quantile(each.told.delays_ms, 0.99), quantile(each.told.delays_ms, 1),
                static_cast<double>(each.told.messages) / std::chrono::duration<double>{with_.time}.count(),
                each.processors, each.quiet_processors, each.bytes_each, each.kernel_bytes_each,
                each.told.lost);
  const auto& polls = all.front();
  for (std::size_t at = 1; at < all.size(); ++at)
    std::printf("%s to polls: p50 %.3f, p99 %.3f, processor time %.2f, ... nobody let in %.2f\n",
                all[at].name.c_str(),
                quantile(all[at].told.delays_ms, 0.5) / quantile(polls.told.delays_ms, 0.5),
                quantile(all[at].told.delays_ms, 0.99) / quantile(polls.told.delays_ms, 0.99),
                all[at].processors / polls.processors, all[at].quiet_processors / polls.quiet_processors);
}

int number_of(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

arguments read(int argc, char** argv) {
  arguments with;
  for (int at = 1; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (word == "--quick")
      with = {2'000, 100, 5s};
    else if (word.starts_with("--listeners="))
      with.listeners = static_cast<std::size_t>(number_of(word.substr(12)));
    else if (word.starts_with("--admissions="))
      with.admissions_per_second = number_of(word.substr(13));
    else if (word.starts_with("--seconds="))
      with.time = std::chrono::seconds{number_of(word.substr(10))};
    else
      throw std::runtime_error("unknown word " + std::string{word} +
                               "; known: --quick --listeners=N --admissions=N --seconds=N");
  }
  return with;
}

/// As many listeners as files may be open, of the wanted ones.
arguments as_many_as_may(arguments with) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < with.listeners + spare_files) {
    limit.rlim_max = with.listeners + spare_files;
    ::setrlimit(RLIMIT_NOFILE, &limit); // as root; otherwise nothing changes
  }
  const auto files = bench::allow_many_files();
  if (files < with.listeners + spare_files) {
    with.listeners = files - spare_files;
    std::printf("only %zu files may be open (ulimit -n): %zu listeners\n", files, with.listeners);
  }
  return with;
}

} // namespace

int main(int argc, char** argv) {
  try {
    const auto with = read(argc, argv);
    listening{as_many_as_may(with)}.run();
    return 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_listen: %s\n", failure.what());
    return 1;
  }
}
