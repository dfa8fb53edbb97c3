#include "bench/load/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace frontrow::bench {

double median(std::vector<double> values) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

spread spread_of(const std::vector<double>& values) {
  if (values.empty())
    return {};
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {median(values), *least, *most};
}

double growth_exponent(const std::vector<double>& sizes, const std::vector<double>& costs) {
  const auto count = std::min(sizes.size(), costs.size());
  if (count < 2)
    return 0;
  double x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t at = 0; at < count; ++at) {
    const auto size = std::log(sizes[at]), cost = std::log(costs[at]);
    x += size;
    y += cost;
    xx += size * size;
    xy += size * cost;
  }
  const auto n = static_cast<double>(count);
  const auto width = n * xx - x * x;
  return width <= 0 ? 0 : (n * xy - x * y) / width;
}

} // namespace frontrow::bench
