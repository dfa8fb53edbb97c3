#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/identity.hpp"

namespace frontrow::domain {

/// A block of seats of one price: `rows` rows of `seats_per_row` seats. Row 1 is the front.
struct section {
  std::string name;
  std::string tier;
  money price = 0;
  std::int32_t rows = 0;
  std::int32_t seats_per_row = 0;
  bool operator==(const section&) const = default;
};

/// What happens to a hold when its payment is refused: it stays until its time, or is released at once.
enum class payment_failure : std::uint8_t { keep = 1, release = 2 };

/// An option as it is put on sale. `valid(terms)` checks the limits beside each field.
struct option_terms {
  concert_id concert = 0;        // >= 1
  std::vector<section> sections; // 1 … 1,000; together 1 … 100,000 seats; price > 0, all of it fits money
  std::int32_t hold_seconds = 300;     // 1 … 86,400
  std::int32_t max_seats_per_user = 4; // 1 … 1,000
  instant sales_open;                  // epoch: at once
  instant sales_close;                 // epoch: never; else later than sales_open
  payment_failure on_payment_failure = payment_failure::keep;
  bool operator==(const option_terms&) const = default;
};

/// The limits of an option's terms. Seats are limited so that one actor's state and one seat list stay
/// small; the others by what a person may sensibly ask for.
inline constexpr std::int32_t sections_max = 1000;
inline constexpr std::int32_t seats_max = 100'000;
inline constexpr std::int32_t hold_seconds_max = 86'400;
inline constexpr std::int32_t seats_per_user_max = 1000;

bool valid(const option_terms& terms);
/// How many seats valid terms have.
std::int32_t seat_count(const option_terms& terms);

/// Where a seat is. `row` and `number` count from 1; `number` within its row.
struct seat_place {
  std::int32_t section = 0; // index into option_terms::sections
  std::int32_t row = 0;
  std::int32_t number = 0;
  bool operator==(const seat_place&) const = default;
};
/// The place of a seat that exists: 1 … seat_count(terms).
seat_place place_of(const option_terms& terms, seat_id seat);

} // namespace frontrow::domain
