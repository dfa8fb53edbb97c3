#pragma once

#include "bench/contest/figures.hpp"

#include <string>

namespace frontrow::bench {

/// A chart for each figure of a series by its size, both axes logarithmic, and all of them as a table. Costs
/// are drawn as costs of n, with n log n beside them: a curve that reaches the common end from above,
/// flatter, grows no faster.
std::string growth_charts(const standing& series);

} // namespace frontrow::bench
