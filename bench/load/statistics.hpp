#pragma once

#include <vector>

namespace frontrow::bench {

/// The middle one, or the mean of the two in the middle; 0 without any.
double median(std::vector<double> values);

/// Median, least and most of several rounds.
struct spread {
  double median = 0;
  double least = 0;
  double most = 0;
};
spread spread_of(const std::vector<double>& values);

} // namespace frontrow::bench
