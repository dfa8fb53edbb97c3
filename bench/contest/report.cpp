#include "bench/contest/report.hpp"

#include "tests/system/child_process.hpp"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <sys/utsname.h>
#include <thread>

namespace frontrow::bench {

namespace {

using nlohmann::json;

std::string text_of(const verdict& one) {
  return (one.bound == verdict::limit::at_least ? "at least " : "at most ") + short_number(one.wanted);
}

const char* word_of(const verdict& one) {
  return !one.got ? "not measured" : one.holds() ? "holds" : "MISSED";
}

json growth_json(const std::vector<growth_step>& steps) {
  auto made = json::array();
  for (const auto& each : steps)
    made.push_back({{"size", each.size}, {"values", each.values}});
  return made;
}

/// Sizes from left to right, figures from top to bottom.
std::string growth_text(const std::vector<growth_step>& steps) {
  if (steps.empty())
    return "";
  char part[96];
  std::string text = "      by size                                     ";
  for (const auto& each : steps) {
    std::snprintf(part, sizeof part, " %12s", short_number(each.size).c_str());
    text += part;
  }
  for (const auto& [name, value] : steps.front().values) {
    std::snprintf(part, sizeof part, "\n      %-44s", name.c_str());
    text += part;
    for (const auto& each : steps) {
      std::snprintf(part, sizeof part, " %12s", short_number(each.values.at(name)).c_str());
      text += part;
    }
  }
  return text + "\n";
}

std::string first_line(std::vector<std::string> words) {
  const auto done = test::run_to_end({std::move(words), {}}, std::chrono::seconds{10});
  const auto& text = done.output.empty() ? done.errors : done.output;
  return done.exit_code == 127 ? "not there" : text.substr(0, text.find('\n'));
}

std::string after(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name))
      if (const auto value = line.find_first_not_of(":= \t\"", line.find_first_of(":="));
          value != std::string::npos)
        return line.substr(value, line.find_last_not_of("\"") + 1 - value);
  return "unknown";
}

std::string packages_of(const std::string& lock_file) {
  std::ifstream in(lock_file);
  const auto document = json::parse(in, nullptr, false);
  std::string text;
  for (const char* name : {"fastify", "pg", "ioredis"})
    if (const auto at = "/packages/node_modules~1" + std::string(name) + "/version";
        document.contains(json::json_pointer(at)))
      text += (text.empty() ? "" : ", ") + std::string(name) + " " +
              document.at(json::json_pointer(at)).get<std::string>();
  return text;
}

} // namespace

std::string short_number(double value) {
  char text[64];
  if (!std::isfinite(value))
    return "-";
  if (std::abs(value) < 10)
    std::snprintf(text, sizeof text, "%.2f", value);
  else if (std::abs(value) < 1'000)
    std::snprintf(text, sizeof text, "%.1f", value);
  else
    std::snprintf(text, sizeof text, "%.0f", value);
  std::string made = text;
  if (std::abs(value) >= 1'000)
    for (auto at = std::ssize(made) - 3; at > (value < 0 ? 1 : 0); at -= 3)
      made.insert(static_cast<std::size_t>(at), ",");
  return made;
}

json json_of(const report& what) {
  json document{{"date", what.date},          {"command", what.command},   {"depth", what.depth},
                {"complete", what.complete},  {"machine", json::object()}, {"runs", json::array()},
                {"standings", json::array()}, {"ratios", json::array()}};
  for (const auto& [name, value] : what.machine)
    document["machine"][name] = value;
  for (const auto& each : what.runs)
    document["runs"].push_back({{"system", each.system},
                                {"scenario", each.scenario},
                                {"round", each.round},
                                {"aSecond", each.a_second},
                                {"turns", each.turns},
                                {"seconds", each.seconds},
                                {"percentileMs", each.percentile_ms},
                                {"maxMs", each.max_ms},
                                {"timelineTenths", each.timeline},
                                {"servingMicros", each.serving_micros},
                                {"clientMicros", each.client_micros},
                                {"extra", each.extra},
                                {"growth", growth_json(each.growth)},
                                {"wrong", each.wrong}});
  for (const auto& each : what.standings)
    document["standings"].push_back({{"system", each.system},
                                     {"scenario", each.scenario},
                                     {"rounds", each.rounds},
                                     {"aSecond", each.a_second},
                                     {"aSecondLeast", each.a_second_least},
                                     {"aSecondMost", each.a_second_most},
                                     {"percentileMs", each.percentile_ms},
                                     {"maxMs", each.max_ms},
                                     {"servingMicros", each.serving_micros},
                                     {"clientMicros", each.client_micros},
                                     {"extra", each.extra},
                                     {"wrong", each.wrong}});
  for (const auto& each : what.verdicts)
    document["ratios"].push_back({{"scenario", each.scenario},
                                  {"what", each.what},
                                  {"wanted", text_of(each)},
                                  {"got", each.got ? json(*each.got) : json(nullptr)},
                                  {"verdict", word_of(each)}});
  return document;
}

std::string table_of(const report& what) {
  std::string text;
  char line[256];
  std::string last;
  for (const auto& each : what.standings) {
    if (each.scenario != last) {
      std::snprintf(line, sizeof line, "\n%-28s %10s %21s %8s %8s %8s %9s %9s\n", each.scenario.c_str(),
                    "a second", "least - most", "p50 ms", "p99 ms", "p99.9", "us serving", "us client");
      text += line;
      last = each.scenario;
    }
    const auto range = short_number(each.a_second_least) + " - " + short_number(each.a_second_most);
    std::snprintf(line, sizeof line, "  %-26s %10s %21s %8s %8s %8s %9s %9s\n", each.system.c_str(),
                  short_number(each.a_second).c_str(), range.c_str(),
                  short_number(each.percentile("50")).c_str(), short_number(each.percentile("99")).c_str(),
                  short_number(each.percentile("99.9")).c_str(), short_number(each.serving_micros).c_str(),
                  short_number(each.client_micros).c_str());
    text += line;
    for (const auto& [name, value] : each.extra)
      text += "      " + name + ": " + short_number(value) + "\n";
    text += growth_text(each.growth);
    if (!each.wrong.empty())
      text += "      WRONG: " + each.wrong + "\n";
  }
  std::snprintf(line, sizeof line, "\n%-27s %-66s %-16s %9s\n", "required", "", "wanted", "got");
  text += line;
  for (const auto& each : what.verdicts) {
    std::snprintf(line, sizeof line, "%-27s %-66s %-16s %9s  %s\n", each.scenario.c_str(), each.what.c_str(),
                  text_of(each).c_str(), each.got ? short_number(*each.got).c_str() : "-", word_of(each));
    text += line;
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> describe_machine() {
  utsname kernel{};
  ::uname(&kernel);
  std::ifstream load_file("/proc/loadavg");
  std::string load;
  load_file >> load;
  const std::string folder = FRONTROW_SOURCE_DIR;
  auto commit = first_line({"git", "-C", folder, "rev-parse", "--short", "HEAD"});
  if (!first_line({"git", "-C", folder, "status", "--porcelain", "--untracked-files=no"}).empty())
    commit += ", changed";
  return {{"commit", commit},
          {"processors", std::to_string(std::thread::hardware_concurrency()) + " x " +
                             after("/proc/cpuinfo", "model name")},
          {"memory", after("/proc/meminfo", "MemTotal")},
          {"load before", load},
          {"kernel", std::string(kernel.sysname) + " " + kernel.release},
          {"system", after("/etc/os-release", "PRETTY_NAME")},
          {"compiler", "GCC " __VERSION__},
          {"PostgreSQL", first_line({"/usr/lib/postgresql/15/bin/postgres", "--version"})},
          {"Redis", first_line({"redis-server", "--version"})},
          {"nginx", first_line({"/usr/sbin/nginx", "-v"})},
          {"Node.js", first_line({"node", "--version"})},
          {"npm packages", packages_of(folder + "/bench/baselines/node/package-lock.json")}};
}

} // namespace frontrow::bench
