#include "bench/contest/growth_charts.hpp"

#include "bench/contest/report.hpp"
#include "bench/contest/svg.hpp"

#include <algorithm>
#include <cmath>

namespace frontrow::bench {

namespace {

constexpr double width = 320, height = 190, left = 64, right = 14, top = 8, bottom = 24;
constexpr const char* colour = "#0072b2";

/// Whole powers of ten around all values.
struct decades {
  double low, high;

  static decades around(double least, double most) {
    return {std::floor(std::log10(least)),
            std::max(std::ceil(std::log10(most)), std::floor(std::log10(least)) + 1)};
  }
  double share(double value) const {
    return std::clamp((std::log10(std::max(value, 1e-12)) - low) / (high - low), 0.0, 1.0);
  }
};

struct chart {
  decades across, up;

  double x(double size) const { return left + across.share(size) * (width - left - right); }
  double y(double value) const { return height - bottom - up.share(value) * (height - top - bottom); }
  std::string axes(const cost_curve& curve) const {
    auto made = line_at(left, height - bottom, width - right, height - bottom, "axis");
    for (auto power = up.low; power <= up.high; ++power) {
      const auto value = std::pow(10, power);
      made += line_at(left, y(value), width - right, y(value), "grid") +
              text_at(left - 6, y(value) + 4, shortest(value), " text-anchor=\"end\"");
    }
    for (const auto& [size, cost] : curve)
      made += text_at(x(size), height - 8, whole_number(static_cast<std::size_t>(size)),
                      size == curve.back().first ? " text-anchor=\"end\"" : " text-anchor=\"middle\"");
    return made;
  }

private:
  /// A power of ten.
  static std::string shortest(double value) {
    if (value >= 1e6)
      return whole_number(static_cast<std::size_t>(std::llround(value / 1e6))) + " M";
    if (value >= 1)
      return whole_number(static_cast<std::size_t>(std::llround(value)));
    const auto text = std::to_string(value);
    return text.substr(0, text.find_last_not_of('0') + 1);
  }
};

constexpr int n_log_n_points = 24;

/// From the end of a curve backwards, as n log n falls, down to the axis.
points n_log_n_to(const chart& on, const cost_curve& curve) {
  const auto& [last_size, last_cost] = curve.back();
  points made;
  for (auto power = on.across.high; power >= on.across.low;
       power -= (on.across.high - on.across.low) / n_log_n_points) {
    const auto cost = last_cost * n_log_n(std::pow(10, power)) / n_log_n(last_size);
    if (std::log10(cost) < on.up.low)
      break;
    made.emplace_back(on.x(std::pow(10, power)), on.y(cost));
  }
  return made;
}

std::string drawing(const std::string& caption, const cost_curve& curve, bool with_limit) {
  double least = curve.front().second, most = least;
  for (const auto& [size, value] : curve) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  if (least <= 0)
    return "";
  const chart on{{std::log10(curve.front().first), std::log10(curve.back().first)},
                 decades::around(least, most)};
  auto inside = on.axes(curve);
  points line;
  for (const auto& [size, value] : curve) {
    line.emplace_back(on.x(size), on.y(value));
    inside += "<circle r=\"3\" fill=\"" + std::string(colour) + "\" cx=\"" + number(line.back().first) +
              "\" cy=\"" + number(line.back().second) + "\"/>";
  }
  if (with_limit)
    inside += "<g class=\"limit\">" + polyline(n_log_n_to(on, curve), "#888") + "</g>";
  inside += polyline(line, colour);
  return "<figure><figcaption>" + escaped(caption) + "</figcaption>" + svg(width, height, caption, inside) +
         "</figure>\n";
}

std::string numbers(const std::vector<growth_step>& steps) {
  std::string made = "<table><tr><th></th>";
  for (const auto& each : steps)
    made += "<th>" + whole_number(static_cast<std::size_t>(each.size)) + "</th>";
  made += "</tr>\n";
  for (const auto& [name, value] : steps.front().values) {
    made += "<tr><td class=\"name\">" + escaped(name) + "</td>";
    for (const auto& each : steps)
      made += "<td>" + short_number(each.values.at(name)) + "</td>";
    made += "</tr>\n";
  }
  return made + "</table>\n";
}

} // namespace

std::string growth_charts(const standing& series) {
  std::string made =
      "<p>Both axes are logarithmic. Dashed: n log n, from the end backwards; what comes to the end "
      "flatter than that grows no faster.</p>\n<div class=\"small\">";
  if (series.growth.size() < 2)
    return numbers(series.growth);
  const auto& costs = growth_costs();
  for (const auto& [name, value] : series.growth.front().values) {
    const auto cost = std::find_if(costs.begin(), costs.end(), [&](const auto& each) {
      return each.scenario == series.scenario && each.figure == name;
    });
    if (cost == costs.end())
      made += drawing(name, curve_of(series.growth, {series.scenario, name, growth_cost::of::all}), false);
    else if (cost->what == growth_cost::of::each)
      made += drawing(name + ", times n", curve_of(series.growth, *cost), true);
    else
      made += drawing(name, curve_of(series.growth, *cost), true);
  }
  return made + "</div>\n" + numbers(series.growth);
}

} // namespace frontrow::bench
