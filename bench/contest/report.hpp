#pragma once

#include "bench/contest/figures.hpp"
#include "bench/contest/verdicts.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace frontrow::bench {

/// Where the program's processor time went in a scenario: a drawing, or why there is none.
struct flames {
  std::string scenario;
  std::string drawing;
  std::string complaint;
};

/// Everything that a reader needs to judge a run.
struct report {
  std::string date; ///< UTC, "2026-11-20 15:04"
  std::string command;
  std::string depth;
  bool complete = false;                                    ///< every planned run was made
  std::vector<std::pair<std::string, std::string>> machine; ///< name and value, versions and commit included
  std::vector<figures> runs;
  std::vector<flames> profiles;
  std::vector<standing> standings;
  std::vector<verdict> verdicts;
};

nlohmann::json json_of(const report& what);
/// One page without anything from elsewhere: pictures as inline SVG.
std::string page_of(const report& what);
/// The table of ratios for a terminal.
std::string table_of(const report& what);

/// "12,345", "1.23": three digits at least.
std::string short_number(double value);
/// Processor, memory, kernel, versions of everything measured, commit.
std::vector<std::pair<std::string, std::string>> describe_machine();

} // namespace frontrow::bench
