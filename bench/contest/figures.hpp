#pragma once

#include "bench/contest/growth.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace frontrow::bench {

/// What one run of one scenario against one system came to.
struct figures {
  std::string system;
  std::string scenario;
  int round = 0;
  double a_second = 0; ///< turns; 0 when the run was wrong
  std::uint64_t turns = 0;
  double seconds = 0;
  std::map<std::string, double> percentile_ms; ///< by share in percent: "50", "99.9"
  double max_ms = 0;
  std::vector<std::uint32_t> timeline; ///< turns in each tenth of a second
  double serving_micros = 0;           ///< processor time of all serving processes, a turn
  double client_micros = 0;            ///< ... of the load's, a turn
  std::map<std::string, double> extra; ///< what only this scenario has, by name with unit
  std::vector<growth_step> growth;     ///< one of these by size, where that is the question
  std::string wrong;                   ///< why the run counts as zero; empty when it was right
};

/// "12,345".
std::string whole_number(std::size_t number);

/// Every share that is kept of a distribution.
inline constexpr const char* percentile_names[] = {"10", "25", "50", "75", "90", "95", "99", "99.9", "99.99"};

/// The medians over the rounds of one system in one scenario. A wrong run counts as zero.
struct standing {
  std::string system;
  std::string scenario;
  int rounds = 0;
  double a_second = 0, a_second_least = 0, a_second_most = 0;
  std::map<std::string, double> percentile_ms;
  double max_ms = 0; ///< of all rounds
  double serving_micros = 0;
  double client_micros = 0;
  std::map<std::string, double> extra;
  std::vector<growth_step> growth; ///< of the last right run
  std::string wrong;               ///< of the first wrong run
  std::map<int, figures> by_round;

  double percentile(const std::string& share) const {
    const auto found = percentile_ms.find(share);
    return found == percentile_ms.end() ? 0 : found->second;
  }
};

/// By scenario and system in the order of their first appearance.
std::vector<standing> standings_of(const std::vector<figures>& all);

} // namespace frontrow::bench
