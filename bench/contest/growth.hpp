#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace frontrow::bench {

/// How a cost grows with a size. Pure.

/// What one size of a series came to: figures by name with unit.
struct growth_step {
  double size = 0;
  std::map<std::string, double> values{};
};

/// A figure of a series that is a cost.
struct growth_cost {
  std::string scenario;
  std::string figure;
  enum class of {
    each, ///< of one operation: as often as the size says
    all   ///< of that size as it stands
  } what = of::all;
};
/// All that must not grow faster than n log n.
const std::vector<growth_cost>& growth_costs();

/// Cost by size, from the smallest to the largest; steps without the figure are left out.
using cost_curve = std::vector<std::pair<double, double>>;
cost_curve curve_of(const std::vector<growth_step>& steps, const growth_cost& cost);

/// n log n itself.
double n_log_n(double size);

/// How steeply the cost comes to its largest size: the power of n log n that joins the last two. 1 is n log
/// n, n alone 0.9 and a little more, n squared about 1.9. What the smallest size costs is taken for constant
/// and left out, of the sizes as well, so that a + b n log n gives exactly 1. A rise of less than
/// `growth_noise` of the cost counts as that much: two readings of a flat line are no slope. Nothing with
/// less than three sizes.
std::optional<double> growth_power(const cost_curve& curve);
/// What two runs of the same thing differ by on a busy machine.
inline constexpr double growth_noise = 0.1;
/// n log n, and a tenth for noise: over a tenfold size half as much again.
inline constexpr double growth_power_max = 1.1;

} // namespace frontrow::bench
