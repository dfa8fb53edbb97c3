#include "http/seat_layout.hpp"

#include <cassert>
#include <cstdlib>

namespace frontrow::http {

namespace {

constexpr std::int32_t usual_width = 20;
constexpr std::int32_t width_min = 10;
constexpr std::int32_t width_max = 40;

/// 0: none divides.
std::int32_t dividing_width(std::int32_t seat_count) {
  std::int32_t best = 0;
  for (auto width = width_min; width <= width_max; ++width)
    if (seat_count % width == 0 &&
        (best == 0 || std::abs(width - usual_width) < std::abs(best - usual_width)))
      best = width;
  return best;
}

} // namespace

std::vector<domain::section> plain_sections(std::int32_t seat_count, domain::money price) {
  assert(seat_count >= 1 && seat_count <= domain::seats_max);
  const auto block = [price](const char* name, std::int32_t rows, std::int32_t width) {
    return domain::section{name, "STANDARD", price, rows, width};
  };
  if (seat_count <= usual_width)
    return {block("A", 1, seat_count)};
  if (const auto width = dividing_width(seat_count))
    return {block("A", seat_count / width, width)};
  return {block("A", seat_count / usual_width, usual_width), block("B", 1, seat_count % usual_width)};
}

} // namespace frontrow::http
