#include "bench/process_figures.hpp"

#include "tests/system/postgres_server.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

namespace frontrow::bench {

namespace {

/// Where proc(5) has a process's own time, and that of its children that have ended and were waited for.
constexpr int own_time = 14, reaped_time = 16;

/// Two neighbouring fields of proc(5), in clock ticks, together.
std::chrono::duration<double> times_of(pid_t process, int first_field) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line; // by getline: an iterator throws where the process ends in between
  std::getline(file, line, '\0');
  // The name, in parentheses, may hold anything.
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos)
    return {};
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < first_field; ++field)
    fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return std::chrono::duration<double>{(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK))};
}

} // namespace

std::chrono::duration<double> processor_time(pid_t process) {
  return times_of(process, own_time);
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

pid_t postmaster_of(const test::postgres_server& server) {
  std::ifstream file(server.folder() / "postgres" / "postmaster.pid");
  pid_t pid = 0;
  file >> pid;
  return pid;
}

namespace {

/// Parents of all processes of this machine.
std::map<pid_t, pid_t> parents() {
  std::map<pid_t, pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos)
      continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line, '\0');
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos)
      continue; // it has ended meanwhile
    std::istringstream fields(line.substr(name_end + 1));
    std::string state;
    pid_t parent = 0;
    if (fields >> state >> parent)
      found[std::stoi(name)] = parent;
  }
  return found;
}

} // namespace

std::chrono::duration<double> tree_time(const std::vector<pid_t>& roots) {
  const auto of = parents();
  auto tree = roots;
  std::chrono::duration<double> sum{};
  for (std::size_t at = 0; at < tree.size(); ++at) {
    for (const auto& [child, parent] : of)
      if (parent == tree[at])
        tree.push_back(child);
    sum += times_of(tree[at], own_time) + times_of(tree[at], reaped_time);
  }
  return sum;
}

std::vector<pid_t> children_named(const std::string& program) {
  std::vector<pid_t> found;
  for (const auto& [child, parent] : parents()) {
    std::error_code gone;
    if (parent == ::getpid() &&
        std::filesystem::read_symlink("/proc/" + std::to_string(child) + "/exe", gone).filename() ==
            program &&
        !gone)
      found.push_back(child);
  }
  return found;
}

std::size_t resident_bytes(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:"))
      return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  return 0;
}

std::size_t resident_bytes(const std::vector<pid_t>& processes) {
  std::size_t sum = 0;
  for (const auto process : processes)
    sum += resident_bytes(process);
  return sum;
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
