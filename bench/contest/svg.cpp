#include "bench/contest/svg.hpp"

#include <cstdio>

namespace frontrow::bench {

std::string escaped(std::string_view text) {
  std::string made;
  for (const char c : text)
    made += c == '<'   ? "&lt;"
            : c == '>' ? "&gt;"
            : c == '&' ? "&amp;"
            : c == '"' ? "&quot;"
                       : std::string(1, c);
  return made;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string text_at(double x, double y, const std::string& what, const std::string& more) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"" + more + ">" + escaped(what) + "</text>";
}

std::string line_at(double x1, double y1, double x2, double y2, const char* kind) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" +
         number(y2) + "\" class=\"" + kind + "\"/>";
}

std::string polyline(const points& through, const char* colour) {
  std::string made =
      "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + std::string(colour) + "\" points=\"";
  for (const auto& [at, value] : through)
    made += number(at) + "," + number(value) + " ";
  return made + "\"/>";
}

std::string svg(double width, double height, const std::string& title, const std::string& inside) {
  return "<svg viewBox=\"0 0 " + number(width) + " " + number(height) + "\" role=\"img\" aria-label=\"" +
         escaped(title) + "\">" + inside + "</svg>\n";
}

} // namespace frontrow::bench
