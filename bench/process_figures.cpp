#include "bench/process_figures.hpp"

#include "tests/system/postgres_server.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

namespace frontrow::bench {

std::chrono::duration<double> processor_time(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  const std::string line{std::istreambuf_iterator<char>{file}, {}};
  // proc(5): the name, in parentheses, may hold anything; utime and stime are the fields 14 and 15.
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos)
    return {};
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field)
    fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return std::chrono::duration<double>{(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK))};
}

std::chrono::duration<double> processor_time(const std::vector<pid_t>& processes) {
  std::chrono::duration<double> sum{};
  for (const auto process : processes)
    sum += processor_time(process);
  return sum;
}

std::vector<pid_t> backends_of(const std::string& database_url) {
  std::istringstream lines(test::postgres_server::of_this_program().query(
      database_url,
      "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"));
  return {std::istream_iterator<pid_t>{lines}, {}};
}

std::size_t allow_many_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::string bytes_text(double bytes) {
  constexpr std::array units{"B", "KB", "MB", "GB"};
  std::size_t unit = 0;
  for (; bytes >= 1'000 && unit + 1 < units.size(); ++unit)
    bytes /= 1'000;
  char text[32];
  std::snprintf(text, sizeof text,
                unit == 0    ? "%.0f %s"
                : bytes < 10 ? "%.2f %s"
                             : "%.1f %s",
                bytes, units[unit]);
  return text;
}

} // namespace frontrow::bench
