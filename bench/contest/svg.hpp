#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace frontrow::bench {

/// Pieces of inline SVG, in a drawing's own units.

/// Text as HTML and SVG take it.
std::string escaped(std::string_view text);
/// With one decimal.
std::string number(double value);
/// `more`: further attributes, with a blank before each.
std::string text_at(double x, double y, const std::string& what, const std::string& more = "");
/// `kind`: the class, of those that the page styles: axis, grid, range, limit.
std::string line_at(double x1, double y1, double x2, double y2, const char* kind);
using points = std::vector<std::pair<double, double>>;
std::string polyline(const points& through, const char* colour);
std::string svg(double width, double height, const std::string& title, const std::string& inside);

} // namespace frontrow::bench
