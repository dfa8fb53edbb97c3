#include <cassert>
#include <limits>

#include "domain/seat_map_terms.hpp"

namespace frontrow::domain {

bool valid(const option_terms& terms) {
  if (terms.concert < 1)
    return false;
  if (terms.sections.empty() || terms.sections.size() > static_cast<std::size_t>(sections_max))
    return false;
  if (terms.hold_seconds < 1 || terms.hold_seconds > hold_seconds_max)
    return false;
  if (terms.max_seats_per_user < 1 || terms.max_seats_per_user > seats_per_user_max)
    return false;
  if (terms.sales_close != instant{} && terms.sales_close <= terms.sales_open)
    return false;
  if (terms.on_payment_failure != payment_failure::keep &&
      terms.on_payment_failure != payment_failure::release)
    return false;
  std::int64_t seats = 0;
  money worth = 0;
  for (const section& block : terms.sections) {
    if (block.price < 1 || block.rows < 1 || block.seats_per_row < 1)
      return false;
    const std::int64_t here = std::int64_t{block.rows} * block.seats_per_row;
    seats += here;
    if (seats > seats_max)
      return false;
    if (block.price > (std::numeric_limits<money>::max() - worth) / here)
      return false;
    worth += block.price * here;
  }
  return true;
}

std::int32_t seat_count(const option_terms& terms) {
  std::int32_t seats = 0;
  for (const section& block : terms.sections)
    seats += block.rows * block.seats_per_row;
  return seats;
}

seat_place place_of(const option_terms& terms, seat_id seat) {
  assert(seat >= 1);
  std::int32_t offset = seat - 1;
  for (std::size_t i = 0; i < terms.sections.size(); ++i) {
    const section& block = terms.sections[i];
    const std::int32_t here = block.rows * block.seats_per_row;
    if (offset < here)
      return {.section = static_cast<std::int32_t>(i),
              .row = offset / block.seats_per_row + 1,
              .number = offset % block.seats_per_row + 1};
    offset -= here;
  }
  assert(!"a seat that does not exist has no place");
  return {};
}

} // namespace frontrow::domain
