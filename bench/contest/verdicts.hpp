#pragma once

#include "bench/contest/figures.hpp"

#include <optional>
#include <string>
#include <vector>

namespace frontrow::bench {

/// Where the figures must come out, and where they did.
struct verdict {
  std::string scenario;
  std::string what;
  enum class limit { at_least, at_most } bound = limit::at_least;
  double wanted = 0;
  std::optional<double> got{}; ///< nothing: not measured in this run

  bool holds() const { return got && (bound == limit::at_least ? *got >= wanted : *got <= wanted); }
};

/// Pure. A ratio within one group of systems is the median of its rounds' own: what slows a machine for a
/// minute slows both. A round in which theirs was wrong counts as not measured; one in which ours was wrong
/// is 0.
std::vector<verdict> verdicts_of(const std::vector<standing>& all);

} // namespace frontrow::bench
