#pragma once

#include "domain/seat_map_terms.hpp"

#include <vector>

namespace frontrow::http {

/// Sections of one price for exactly `seat_count` seats (1 … seats_max), when nobody said how they stand: one
/// block of equal rows of 10 to 40 seats, as near to 20 as divides the number; where nothing divides it, rows
/// of 20 and the rest in a section of its own. Up to 20 seats stand in one row.
std::vector<domain::section> plain_sections(std::int32_t seat_count, domain::money price);

} // namespace frontrow::http
