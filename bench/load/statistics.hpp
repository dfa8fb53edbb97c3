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

/// The exponent by which a cost grows with a size: the slope of a straight line through the logarithms of both, by
/// least squares. 1: in proportion. Sizes and costs are positive and as many; 0 with fewer than two sizes.
double growth_exponent(const std::vector<double>& sizes, const std::vector<double>& costs);

} // namespace frontrow::bench
